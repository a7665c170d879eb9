import dataclasses
import json
from pathlib import Path

import pytest

from training.recipes.recipe import Budget, Crops, read_recipe
from worker.colorizer.calibration import Calibration
from worker.colorizer.network import GeneratorConfig

RECIPES = Path(__file__).parents[3] / "training" / "recipes"


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_recipe_in_the_repository_is_valid_and_documents_what_it_needs(path):
    recipe = read_recipe(path)

    assert recipe.name == path.stem
    assert recipe.hours > 0
    assert recipe.hardware
    assert recipe.expected


def test_no_label_reaches_the_encoder_of_the_probe():
    for stage in read_recipe(RECIPES / "scratch-probe.toml").stages:
        assert not stage.weights.needs_features
        assert stage.select.endswith("ciede2000")


def test_a_recipe_is_completed_by_the_checkpoint_it_starts_from():
    recipe = read_recipe(RECIPES / "finetune.toml")
    config, calibration = GeneratorConfig(hints=True), Calibration(gain=1.3)

    resolved = recipe.resolved(config, calibration)

    assert (resolved.generator, resolved.calibration) == (config, calibration)
    assert resolved.resolved(GeneratorConfig(), Calibration()) == resolved


def test_a_recipe_that_states_no_generator_needs_a_checkpoint():
    with pytest.raises(ValueError, match=r"finetune states no generator .* --init"):
        read_recipe(RECIPES / "finetune.toml").resolved(None, Calibration())


def test_a_shipped_recipe_is_read_by_its_name():
    assert read_recipe(Path("finetune")) == read_recipe(RECIPES / "finetune.toml")


def test_an_unknown_recipe_is_answered_with_the_known_ones():
    with pytest.raises(FileNotFoundError, match=r"fine-tune is neither .* Choose one of: .* finetune, large-gpu"):
        read_recipe(Path("fine-tune"))


def test_a_resolved_recipe_has_no_hints_for_a_network_that_takes_none():
    with pytest.raises(ValueError, match="takes no hints"):
        read_recipe(RECIPES / "finetune.toml").resolved(GeneratorConfig(), Calibration())


@pytest.mark.parametrize("name", ["reconstruct", "best", "latest"])
def test_stage_names_are_unique_because_weights_are_saved_under_them(tmp_path, name):
    path = tmp_path / "twice.toml"
    path.write_text((RECIPES / "smoke.toml").read_text().replace('name = "refine"', f'name = "{name}"'))

    with pytest.raises(ValueError, match="stage names must be unique"):
        read_recipe(path)


def test_a_misspelled_key_is_refused_by_name(tmp_path):
    path = tmp_path / "typo.toml"
    path.write_text((RECIPES / "smoke.toml").read_text().replace("patience", "patients"))

    with pytest.raises(ValueError, match=r"unknown Recipe keys patients\. Choose from name, hardware"):
        read_recipe(path)


def test_tables_become_dataclasses_all_the_way_down():
    reconstruct, refine = read_recipe(RECIPES / "smoke.toml").stages

    assert (reconstruct.crops.size, refine.crops.coverage) == (64, (0.8, 1.0))
    assert (reconstruct.weights.adversarial, refine.weights.adversarial) == (0.0, 0.1)
    assert isinstance(refine.optimization.learning_rate, float)


def test_a_recipe_is_read_back_from_a_run_folder(tmp_path):
    recipe = read_recipe(RECIPES / "base-cpu.toml")
    path = tmp_path / "recipe.json"
    path.write_text(json.dumps({"backbone": None, "recipe": dataclasses.asdict(recipe)}))

    assert read_recipe(path) == recipe


def test_a_budget_is_counted_in_steps_or_in_minutes():
    assert Budget(steps=10).progress(5, 1e9) == 0.5
    assert Budget(minutes=2).progress(10**9, 60) == 0.5
    with pytest.raises(ValueError, match="either"):
        Budget()


def test_a_crop_the_generator_cannot_take_is_refused_before_the_run():
    with pytest.raises(ValueError, match="multiple of 32"):
        Crops(size=176, minibatch=4, coverage=(0.5, 1.0))


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('select = "cautious ciede2000"', 'select = "loss"', "unknown value 'loss'. Choose one of: cautious lpips"),
        ("hints = true", "hints = false", "takes no hints"),
        ("steps = 4", "steps = 0", "steps must be more than 0, not 0"),
        ("steps = 4", "minutes = -1", "minutes must be more than 0, not -1"),
        ("minibatch = 4", "minibatch = -3", "minibatch must be more than 0"),
        ("accumulate = 2", "accumulate = 0", "accumulate must be more than 0"),
        ("validate_every = 2", "validate_every = 0", "validate_every must be more than 0"),
    ],
)
def test_invalid_values_are_refused_when_a_recipe_is_read(tmp_path, before, after, message):
    path = tmp_path / "wrong.toml"
    path.write_text((RECIPES / "smoke.toml").read_text().replace(before, after))

    with pytest.raises(ValueError, match=message):
        read_recipe(path)
