import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tests.training.tiny_encoder import TinyEncoder
from training.commands.ablation import ROWS, main, recipe_of
from training.recipes.recipe import read_recipe
from worker.colorizer.checkpoint import load_checkpoint

RECIPES = Path(__file__).parents[3] / "training" / "recipes"
TRAINED = ("l1", "from-scratch")


@pytest.fixture(scope="module")
def backbone(tmp_path_factory):
    torch.manual_seed(3)
    path = tmp_path_factory.mktemp("weights") / "published.safetensors"
    save_file(TinyEncoder().state_dict(), path)
    return path


@pytest.fixture
def options(folder, held_out, backbone, tiny_smoke):
    data = ["--data", str(folder), "--held-out", str(held_out), "--validation", str(held_out)]
    return [*data, "--recipe", str(tiny_smoke), "--backbone", str(backbone), "--threads", "1"]


def _derived():
    whole = read_recipe(RECIPES / "ablation.toml")
    return {row.name: recipe_of(row, whole, 40) for row in ROWS}


def _counted(recipe, stage):
    weights = vars(recipe.stages[stage].weights)
    return {name for name, weight in weights.items() if weight}


def test_each_row_adds_a_part():
    derived = _derived()

    counted = [_counted(derived[name], 1) for name in ("l1", "classification", "perceptual", "adversarial")]

    assert counted[0] == {"ab"}
    assert counted[1] - counted[0] == {"bins"}
    assert counted[2] - counted[1] == {"cautious_perceptual", "vivid_perceptual"}
    assert counted[3] - counted[2] == {"adversarial", "feature_adversarial"}
    assert _counted(derived["l1"], 0) == {"ab"}


def test_all_rows_are_equally_long_and_share_crops_and_seed():
    lengths = {tuple(stage.budget.steps for stage in recipe.stages) for recipe in _derived().values()}
    crops = {tuple(stage.crops for stage in recipe.stages) for recipe in _derived().values()}

    assert lengths == {(40, 40)}
    assert len(crops) == 1
    assert {recipe.seed for recipe in _derived().values()} == {1}
    attention = {name: recipe.generator.attention_blocks for name, recipe in _derived().items()}
    assert attention.pop("no-attention") == 0
    assert set(attention.values()) == {2}
    assert [row.name for row in ROWS if not row.pretrained] == ["from-scratch"]


def test_without_the_bin_head_vivid_is_the_same_as_cautious():
    calibration = _derived()["l1"].calibration

    assert (calibration.share, calibration.gain) == (0, 1)


def test_a_recipe_with_a_budget_in_minutes_is_refused(options, tmp_path, capsys):
    timed = tmp_path / "timed.toml"
    timed.write_text((RECIPES / "smoke.toml").read_text().replace("steps = 4", "minutes = 4"))

    assert main([*options, "--recipe", str(timed), "--run-folder", str(tmp_path / "rows")]) == 2

    assert "rows need budgets in steps to be equally long" in capsys.readouterr().err


def test_rows_are_trained_once_and_listed_in_a_table(options, tmp_path, capsys):
    rows = ["--run-folder", str(tmp_path / "rows"), "--steps", "1", "--rows", *TRAINED]
    assert main([*options, *rows]) == 0

    l1, scratch = (load_checkpoint(tmp_path / "rows" / name / "latest.safetensors").info for name in TRAINED)
    assert (l1.training["backbone"], scratch.training["backbone"]) == ("published", None)
    table = (tmp_path / "rows" / "table.md").read_text()
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    assert [line[0] for line in lines] == ["", "---", "gray", *TRAINED]
    assert {line[1] for line in lines[3:]} == {"2"}
    named = [dict(zip(lines[0], line, strict=True)) for line in lines[2:]]
    assert named[0]["cautious colorfulness"] == "0.000"
    assert named[1]["cautious psnr"] == named[1]["vivid psnr"]
    assert named[1]["vivid lpips"] == "—"
    before = (tmp_path / "rows" / "l1" / "log.jsonl").read_bytes()
    capsys.readouterr()

    assert main([*options, *rows]) == 0

    assert (tmp_path / "rows" / "l1" / "log.jsonl").read_bytes() == before
    assert capsys.readouterr().out.strip() == table.strip()


def test_a_row_that_cannot_be_trained_ends_the_command(options, held_out, tmp_path, capsys):
    held_out.write_text("elsewhere.png")

    assert main([*options, "--run-folder", str(tmp_path / "rows"), "--rows", "l1"]) == 2

    assert "names none of the 12 photographs" in capsys.readouterr().err


def test_the_recipe_beside_a_row_is_that_of_its_run(options, tmp_path):
    assert main([*options, "--run-folder", str(tmp_path / "rows"), "--steps", "1", "--rows", "l1"]) == 0

    trained = tmp_path / "rows" / "l1" / "recipe.json"
    assert read_recipe(tmp_path / "rows" / "l1.json") == read_recipe(trained)
    assert json.loads(trained.read_text())["recipe"]["name"] == "l1"
