import io

import numpy as np
import pytest
from PIL import Image

from training.data import photographs as reading
from training.data.photographs import Skipped, load_photographs, planes_of, upright_rgb


def test_a_folder_is_read_at_any_depth_and_unusable_files_are_counted(folder):
    loaded = load_photographs(folder)

    assert [photograph.name for photograph in loaded.photographs][-2:] == ["10.png", "more/11.jpg"]
    assert len(loaded.photographs) == 12
    assert loaded.skipped == [
        Skipped("broken.png", "not readable"),
        Skipped("gray.png", "no color"),
        Skipped("notes.txt", "other format"),
    ]


def test_shards_hold_the_same_photographs_as_their_folder(folder, shards):
    from_folder = {
        photograph.name.split("/")[-1]: photograph.planes for photograph in load_photographs(folder).photographs
    }
    from_shards = {
        photograph.name.split("/")[-1]: photograph.planes for photograph in load_photographs(shards).photographs
    }

    assert from_folder.keys() == from_shards.keys()
    for name, planes in from_folder.items():
        np.testing.assert_array_equal(planes, from_shards[name])


def test_the_hash_tells_whether_the_data_is_the_same(folder):
    assert load_photographs(folder).sha256 == load_photographs(folder).sha256
    assert load_photographs(folder).sha256 != load_photographs(folder, limit=3).sha256


def test_held_out_photographs_are_not_trained_on(folder):
    train, held_out = load_photographs(folder).split({"03.png", "more/11.jpg"})

    assert [photograph.name for photograph in held_out] == ["03.png", "more/11.jpg"]
    assert not {photograph.name for photograph in train} & {"03.png", "more/11.jpg"}


def test_a_list_sets_the_names_and_the_order_and_missing_files_are_counted(folder, tmp_path):
    for name in ("02.png", "gray.png"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "Käthe am Fluß.jpg").write_bytes((folder / "more" / "11.jpg").read_bytes())
    listed = tmp_path / "list.txt"
    listed.write_text("Käthe am Fluß.jpg\n02.png\nabsent.png\ngray.png\n", encoding="utf-8")

    loaded = load_photographs(listed)

    assert [photograph.name for photograph in loaded.photographs] == ["Käthe am Fluß.jpg", "02.png"]
    assert loaded.reasons == {"not found": 1, "no color": 1}


def test_a_truncated_shard_is_counted_and_the_others_are_read(shards, tmp_path):
    for shard in shards.iterdir():
        (tmp_path / shard.name).write_bytes(shard.read_bytes())
    whole = (tmp_path / "part-0.tar").read_bytes()
    (tmp_path / "part-0.tar").write_bytes(whole[:700])

    loaded = load_photographs(tmp_path)

    assert loaded.reasons["damaged shard"] == 1
    assert {photograph.name.split("/")[0] for photograph in loaded.photographs} == {"part-1.tar"}


def test_a_file_is_skipped_whatever_its_decoder_raises(folder, monkeypatch):
    def raising(self, *_):
        raise IndexError("from a decoder")

    monkeypatch.setattr(Image.Image, "convert", raising)

    assert load_photographs(folder, limit=3).reasons == {"not readable": 3}


def test_the_limit_counts_pictures_and_not_other_files(folder):
    loaded = load_photographs(folder, limit=14)

    assert len(loaded.photographs) == 12
    assert len(loaded.skipped) == 3
    assert len(load_photographs(folder, limit=2).photographs) == 2


def _turned(size, kind="JPEG"):
    """A picture whose left half is black and whose EXIF orientation asks for a quarter turn."""
    picture = Image.new("RGB", size, (180, 120, 60))
    picture.paste((0, 0, 0), (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    picture.save(buffer, kind, exif=exif)
    return buffer.getvalue()


def test_a_scan_of_a_hundred_megapixels_is_reduced_while_it_is_read():
    planes = planes_of(_turned((12_000, 8_000)))

    assert planes.shape == (384, 256, 3)
    assert planes[:180, :, 0].max() < 10
    assert planes[200:, :, 0].min() > 100


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_reduced_while_read_equals_one_reduced_after(monkeypatch, kind):
    picture = _turned((1_024, 768), kind)
    whole = upright_rgb(picture)
    monkeypatch.setattr(reading, "MAX_WHOLE_PIXELS", 1_024 * 768 - 1)

    reduced = upright_rgb(picture, short_side=192)

    assert reduced.size == (192, 256)
    expected = whole.resize(reduced.size, Image.Resampling.BOX)
    assert np.abs(np.asarray(reduced).astype(int) - np.asarray(expected)).mean() < 2


def test_a_picture_too_large_to_decode_whole_or_for_the_service_is_refused(monkeypatch):
    monkeypatch.setattr(reading, "MAX_WHOLE_PIXELS", 99)
    monkeypatch.setattr(reading, "MAX_PIXELS", 199)

    assert upright_rgb(_turned((10, 10))) == "too large"
    assert upright_rgb(_turned((10, 20)), short_side=5) == "too large"
