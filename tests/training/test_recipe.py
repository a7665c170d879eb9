from pathlib import Path

import pytest

from training.recipe import Budget, Phase, read_recipe

RECIPES = Path(__file__).parents[2] / "training" / "recipes"


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_recipe_in_the_repository_is_one(path):
    assert read_recipe(path).name == path.stem


def test_a_misspelled_key_is_named(tmp_path):
    path = tmp_path / "typo.toml"
    path.write_text((RECIPES / "smoke.toml").read_text().replace("patience", "patients"))

    with pytest.raises(ValueError, match="patients"):
        read_recipe(path)


def test_the_phase_follows_from_the_share_of_the_budget():
    recipe = read_recipe(RECIPES / "smoke.toml")

    assert [recipe.phase(progress).crop for progress in (0, 0.49, 0.5, 1.0)] == [64, 64, 96, 96]


def test_a_budget_is_counted_in_steps_or_in_minutes():
    assert Budget(steps=10).progress(5, 1e9) == 0.5
    assert Budget(minutes=2).progress(10**9, 60) == 0.5
    with pytest.raises(ValueError, match="either"):
        Budget()


def test_a_crop_the_generator_cannot_take_is_refused_before_the_run():
    with pytest.raises(ValueError, match="multiple of 32"):
        Phase(until=1.0, crop=176, minibatch=4, coverage=(0.5, 1.0))
