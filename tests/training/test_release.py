import torch

from training.release import main
from worker.colorizer.checkpoint import CheckpointInfo, load_checkpoint, save_checkpoint
from worker.colorizer.network import Generator, GeneratorConfig


def test_a_released_checkpoint_has_its_name_calibration_and_scores(tmp_path):
    torch.manual_seed(0)
    config = GeneratorConfig(decoder_channels=(16, 16, 16, 16))
    checkpoint = save_checkpoint(tmp_path / "run", CheckpointInfo("best", config), Generator(config))
    scores = tmp_path / "kodak" / "scores.json"
    scores.parent.mkdir()
    scores.write_text('{"pictures": 12}')

    options = ["--name", "base", "--to", str(tmp_path), "--gain", "1.2", "--scores", str(scores)]
    assert main([str(checkpoint), *options]) == 0

    loaded = load_checkpoint(tmp_path / "base.safetensors")
    assert loaded.info.name == "base"
    assert loaded.info.calibration.gain == 1.2
    assert loaded.info.metrics["kodak"] == {"pictures": 12}
    assert loaded.sha256 == load_checkpoint(checkpoint).sha256


def test_what_is_no_checkpoint_is_said(tmp_path, capsys):
    assert main([str(tmp_path / "absent.safetensors"), "--name", "base", "--to", str(tmp_path)]) == 1

    assert "absent.json" in capsys.readouterr().err
