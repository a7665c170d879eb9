import pytest
import torch

from tests.training.runs import SMOKE, command, events
from training.commands.train import main
from training.data.names import read_names
from worker.colorizer import Colorizer
from worker.colorizer.checkpoint import load_checkpoint


@pytest.fixture
def train(folder, held_out, tiny_smoke):
    """`train(run, "--steps", "2")` runs the tiny recipe, unless other options are given."""

    def called(run, *options, data=folder):
        return main(command(data, held_out, run, "--recipe", str(tiny_smoke), *options))

    return called


def test_the_command_leaves_a_checkpoint_that_explains_itself_and_colorizes(train, tmp_path):
    run = tmp_path / "run"

    assert train(run, "--steps", "2") == 0

    training = load_checkpoint(run / "best.safetensors").info.training
    assert training["photographs"] == 10
    assert training["skipped"] == {"no color": 1, "not readable": 1, "other format": 1}
    assert events(run, "skipped")[0]["files"] == "1 not readable, 1 no color, 1 other format"
    assert (
        run / "skipped.txt"
    ).read_text() == "not readable\tbroken.png\nno color\tgray.png\nother format\tnotes.txt\n"
    assert training["recipe"]["name"] == "smoke"
    assert training["stage"] == "refine"
    assert read_names(run / "held-out.txt") == ["00.png", "01.png"]
    assert Colorizer.load(run / "best.safetensors").name == "best"


def test_a_run_is_not_continued_with_other_data(train, shards, held_out, tmp_path, capsys):
    held_out.write_text("00.png\npart-0.tar/00.png\n")
    assert train(tmp_path / "run", "--steps", "1") == 0

    assert train(tmp_path / "run", "--steps", "1", data=shards) == 2

    assert "its photographs have changed since it started" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("part", "option"), [("vivid_perceptual", "--lpips"), ("projected_adversarial", "--projection")]
)
def test_missing_weights_of_a_recipe_are_reported_before_the_run(train, tmp_path, capsys, part, option):
    recipe = tmp_path / "needing.toml"
    recipe.write_text(SMOKE.read_text().replace("adversarial = 0.1", f"{part} = 0.1"))

    assert train(tmp_path / "run", "--recipe", str(recipe)) == 2

    assert option in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--steps", "--limit", "--threads"])
@pytest.mark.parametrize("number", ["0", "-3", "many"])
def test_numbers_below_one_are_refused(train, tmp_path, capsys, option, number):
    with pytest.raises(SystemExit) as ended:
        train(tmp_path / "run", option, number)

    assert ended.value.code == 2
    assert f"argument {option}: must be a whole number of at least 1, not {number!r}" in capsys.readouterr().err


def test_a_gpu_that_is_not_there_is_refused(train, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)

    assert train(tmp_path / "run", "--device", "cuda") == 2

    assert (
        capsys.readouterr().err
        == "train: --device cuda needs a GPU, but torch has none on this machine. Use --device cpu.\n"
    )


def test_a_recipe_for_finetuning_asks_for_the_weights_to_start_from(train, tmp_path, capsys):
    assert train(tmp_path / "run", "--recipe", "finetune") == 2

    assert "--init" in capsys.readouterr().err


def test_a_run_with_a_damaged_snapshot_is_refused(train, tmp_path, capsys):
    run = tmp_path / "run"
    assert train(run, "--steps", "1") == 0
    (run / "snapshot.pt").write_bytes((run / "snapshot.pt").read_bytes()[:1000])

    assert train(run, "--steps", "2") == 2

    assert "snapshot.pt is damaged" in capsys.readouterr().err
