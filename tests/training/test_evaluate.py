import csv
import json

import pytest
import torch

from training.evaluate import main
from training.export import main as export
from worker.colorizer.checkpoint import CheckpointInfo, load_checkpoint, save_checkpoint
from worker.colorizer.network import Generator, GeneratorConfig


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    torch.manual_seed(0)
    config = GeneratorConfig(decoder_channels=(16, 16, 16, 16))
    return save_checkpoint(tmp_path_factory.mktemp("run"), CheckpointInfo("best", config), Generator(config))


@pytest.fixture
def names(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("03.png\nbroken.png\n")
    return path


def test_the_rows_run_from_gray_to_truth(checkpoint, folder, names, tmp_path, capsys):
    output = tmp_path / "scores"
    options = ["--data", str(folder), "--names", str(names), "--output", str(output), "--threads", "1"]

    assert main([str(checkpoint), *options]) == 0

    rows = json.loads((output / "scores.json").read_text())["rows"]
    assert list(rows) == ["gray", "vividness 0", "vividness 1", "truth"]
    assert rows["gray"]["colorfulness_ratio"] == 0
    assert rows["truth"]["colorfulness_ratio"] == pytest.approx(1, abs=0.05)
    assert rows["truth"]["psnr"] > rows["gray"]["psnr"]
    assert rows["truth"]["ciede2000"] < rows["gray"]["ciede2000"]
    lines = csv.DictReader((output / "pictures.csv").read_text().splitlines())
    assert {line["name"] for line in lines} == {"03.png"}
    assert (output / "sheet.jpg").stat().st_size > 1000
    assert "broken.png left out" in capsys.readouterr().err


def test_nothing_to_score_is_an_error(checkpoint, folder, names, capsys):
    names.write_text("elsewhere.png")

    assert main([str(checkpoint), "--data", str(folder), "--names", str(names)]) == 1

    assert "no photograph" in capsys.readouterr().err


def test_an_exported_checkpoint_has_its_name_calibration_and_scores(checkpoint, tmp_path):
    scores = tmp_path / "kodak" / "scores.json"
    scores.parent.mkdir()
    scores.write_text('{"pictures": 12}')

    options = ["--name", "base", "--to", str(tmp_path), "--gain", "1.2", "--scores", str(scores)]
    assert export([str(checkpoint), *options]) == 0

    loaded = load_checkpoint(tmp_path / "base.safetensors")
    assert loaded.info.name == "base"
    assert loaded.info.calibration.gain == 1.2
    assert loaded.info.metrics["kodak"] == {"pictures": 12}
    assert loaded.sha256 == load_checkpoint(checkpoint).sha256
