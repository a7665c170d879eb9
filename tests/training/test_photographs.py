import numpy as np
import pytest

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
