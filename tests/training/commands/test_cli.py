import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.training.runs import ROOT
from training.commands.cli import SUMMARIES, run
from training.data import heartbeat
from training.recipes.recipe import read_recipe
from worker.colorizer.checkpoint import CheckpointInfo, save_checkpoint
from worker.colorizer.network import Generator, GeneratorConfig

# Modules of the room that are no commands: what several commands share.
SHARED = {"__init__", "cli", "closing", "destinations", "options", "sampling"}


def test_every_command_of_the_room_is_listed():
    modules = {path.stem for path in (ROOT / "training" / "commands").glob("*.py")}

    assert modules - SHARED == {name.replace("-", "_") for name in SUMMARIES}


def test_help_lists_each_command_with_its_summary(capsys):
    assert run(["--help"]) == 0

    lines = capsys.readouterr().out.splitlines()
    for name, summary in SUMMARIES.items():
        assert sum(line.split() == [name, *summary.split()] for line in lines) == 1


@pytest.mark.parametrize("name", SUMMARIES)
def test_each_command_shows_its_own_help(name, capsys):
    with pytest.raises(SystemExit) as ended:
        run([name, "--help"])

    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: python -m training {name} ")


def test_an_unknown_command_is_refused_with_the_known_ones(capsys):
    assert run(["trian", "--help"]) == 2

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("Unknown command 'trian'. Choose one of: train, finetune, evaluate,")


def test_without_a_command_the_help_goes_to_standard_error(capsys):
    assert run([]) == 2

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("usage: python -m training COMMAND")


def test_the_module_runs_as_a_program_and_ends_with_the_command_s_status():
    line = [sys.executable, "-m", "training"]

    listed = subprocess.run([*line, "-h"], cwd=ROOT, capture_output=True, text=True, check=False)
    refused = subprocess.run([*line, "nothing"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (listed.returncode, refused.returncode) == (0, 2)
    assert "finetune" in listed.stdout


def test_listing_the_commands_does_not_import_torch():
    """Importing torch takes seconds, and the help of the entry point needs none of it."""
    code = "import sys; from training.commands.cli import run; run(['--help']); sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("start", [[], ["--backbone", "mobilenetv2.safetensors"]])
def test_finetune_requires_a_checkpoint_to_start_from(folder, tmp_path, capsys, start):
    with pytest.raises(SystemExit) as ended:
        run(["finetune", "--data", str(folder), "--run-folder", str(tmp_path / "run"), *start])

    assert ended.value.code == 2
    assert "the following arguments are required: --init" in capsys.readouterr().err


def test_finetune_is_train_by_its_own_recipe(folder, held_out, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(heartbeat, "SECONDS", 60)  # A busy machine would report its progress first.
    torch.manual_seed(0)
    config = GeneratorConfig(decoder_channels=(16, 16, 16, 16), hints=True, encoder="tiny")
    init = save_checkpoint(tmp_path, CheckpointInfo("with-hints", config), Generator(config))
    lists = ["--held-out", str(held_out), "--validation", str(held_out)]

    assert (
        run(["finetune", "--data", str(folder), "--run-folder", str(tmp_path / "run"), "--init", str(init), *lists])
        == 2
    )

    minibatch = read_recipe(Path("finetune")).stages[0].crops.minibatch
    message = capsys.readouterr().err
    assert message.startswith("finetune: 10 photographs to train on")
    assert f"of stage reconstruct, which takes {minibatch}:" in message
    assert message.endswith("lower its minibatch\n")
