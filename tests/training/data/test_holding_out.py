from dataclasses import replace

import pytest

from tests.training.runs import single_stage
from training.data.holding_out import HELD_OUT_LISTS, divide
from training.data.names import read_names
from training.data.photographs import Photograph, PhotographSet, Skipped
from training.recipes.recipe import MoreOften


def _named(photographs, *names):
    planes = photographs[0].planes
    return PhotographSet([Photograph(name, planes) for name in names])


def _names(photographs):
    return [photograph.name for photograph in photographs]


@pytest.fixture
def write(tmp_path):
    def write_list(name, *names):
        path = tmp_path / name
        path.write_text("\n".join(names), encoding="utf-8")
        return path

    return write_list


@pytest.fixture
def mine(photographs):
    return _named(photographs, *(f"Käthe {number:02d}.jpg" for number in range(41)))


def test_of_unlisted_photographs_every_twentieth_is_held_out_and_validated_on(mine):
    division = divide(mine, single_stage(1))

    assert _names(division.held_out) == ["Käthe 00.jpg", "Käthe 20.jpg", "Käthe 40.jpg"]
    assert division.validation == division.held_out
    assert len(division.train) == 38


def test_lists_split_photographs_by_names_with_spaces(mine, write):
    held_out = write("out.txt", "Käthe 01.jpg", "Käthe 02.jpg", "Käthe 03.jpg")

    division = divide(
        mine, single_stage(1), held_out=held_out, validation=write("best.txt", "Käthe 02.jpg", "Käthe 09.jpg")
    )

    assert _names(division.held_out) == ["Käthe 01.jpg", "Käthe 02.jpg", "Käthe 03.jpg"]
    assert _names(division.validation) == ["Käthe 02.jpg"]


def test_the_recipe_limits_how_many_are_validated_on(mine):
    assert len(divide(mine, replace(single_stage(1), validation_pictures=2)).validation) == 2


def test_a_list_that_names_no_photograph_is_refused(mine, write):
    elsewhere = write("elsewhere.txt", "other.jpg")

    with pytest.raises(ValueError, match=r"elsewhere\.txt names none of the 41 photographs"):
        divide(mine, single_stage(1), held_out=elsewhere)
    with pytest.raises(ValueError, match=r"elsewhere\.txt names none of the 3 held-out photographs"):
        divide(mine, single_stage(1), validation=elsewhere)


def test_too_few_photographs_for_a_minibatch_are_refused(photographs):
    few = _named(photographs, "a.jpg", "b.jpg", "c.jpg")

    with pytest.raises(ValueError, match=r"2 photographs to train on, beside 1 held out, .* stage only, which takes 4"):
        divide(few, single_stage(1))


def test_without_usable_photographs_the_reasons_are_reported():
    gray = PhotographSet(skipped=[Skipped(f"{number}.jpg", "no color") for number in range(60)])

    with pytest.raises(ValueError, match="none of the 60 files can be trained on: 60 no color"):
        divide(gray, single_stage(1))


def test_oversampled_photographs_are_repeated_for_training_and_held_out_once(photographs, write):
    named = _named(photographs, "faces/a.jpg", "faces/b.jpg", "plates/c.jpg", "d.jpg", "e.jpg")
    recipe = replace(single_stage(1), more_often=(MoreOften("faces/", 3), MoreOften("plates", 2)))

    division = divide(
        named, recipe, held_out=write("out.txt", "faces/a.jpg"), validation=write("in.txt", "faces/a.jpg")
    )

    assert _names(division.train) == ["faces/b.jpg"] * 3 + ["plates/c.jpg"] * 2 + ["d.jpg", "e.jpg"]
    assert _names(division.held_out) == _names(division.validation) == ["faces/a.jpg"]


def test_the_lists_of_this_repository_hold_out_things_and_people(photographs):
    named = _named(photographs, "train-00.tar/00010.webp", "train-03.tar/congress-0000.webp", *"abcdefgh")
    people = set(read_names(HELD_OUT_LISTS[1]))
    assert len(people) == 300
    named.photographs[1] = replace(named.photographs[1], name=min(people))

    division = divide(named, single_stage(1), validation=HELD_OUT_LISTS[0])

    assert _names(division.held_out) == ["train-00.tar/00010.webp", min(people)]
    assert _names(division.train) == list("abcdefgh")
