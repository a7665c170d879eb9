import numpy as np
import pytest
from PIL import Image

from training.photographs import load_photographs


def test_a_folder_is_read_at_any_depth_and_what_cannot_be_used_is_counted(folder):
    loaded = load_photographs(folder)

    assert [photograph.name for photograph in loaded.photographs][-2:] == ["10.png", "more/11.jpg"]
    assert len(loaded.photographs) == 12
    assert loaded.skipped == {"no color": 1, "not readable": 1}


def test_shards_hold_the_same_photographs_as_the_folder_they_were_made_of(folder, shards):
    from_folder = {one.name.split("/")[-1]: one.planes for one in load_photographs(folder).photographs}
    from_shards = {one.name.split("/")[-1]: one.planes for one in load_photographs(shards).photographs}

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


def test_a_folder_without_pictures_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="neither"):
        load_photographs(tmp_path)


def test_a_list_gives_the_names_the_order_and_what_is_missing(folder):
    listed = folder / "list.txt"
    listed.write_text("more/11.jpg\n02.png\nabsent.png\ngray.png\n")

    loaded = load_photographs(listed)

    assert [photograph.name for photograph in loaded.photographs] == ["more/11.jpg", "02.png"]
    assert loaded.skipped == {"not found": 1, "no color": 1}


def test_a_shard_that_is_cut_short_is_counted_and_the_others_are_read(shards, tmp_path):
    for shard in shards.iterdir():
        (tmp_path / shard.name).write_bytes(shard.read_bytes())
    whole = (tmp_path / "part-0.tar").read_bytes()
    (tmp_path / "part-0.tar").write_bytes(whole[:700])

    loaded = load_photographs(tmp_path)

    assert loaded.skipped["damaged shard"] == 1
    assert {photograph.name.split("/")[0] for photograph in loaded.photographs} == {"part-1.tar"}


def test_whatever_a_decoder_raises_the_file_is_skipped(folder, monkeypatch):
    def raising(self, *_):
        raise IndexError("a decoder's own")

    monkeypatch.setattr(Image.Image, "convert", raising)

    assert load_photographs(folder, limit=3).skipped == {"not readable": 3}
