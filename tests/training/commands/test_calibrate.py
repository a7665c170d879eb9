import re

import pytest
import torch
from safetensors.torch import save_file

from training.commands import calibrate
from training.networks.squeezenet import SqueezeNet
from worker.colorizer.checkpoint import CheckpointInfo, save_checkpoint
from worker.colorizer.network import Generator, GeneratorConfig


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    torch.manual_seed(0)
    config = GeneratorConfig(decoder_channels=(16, 16, 16, 16), encoder="tiny")
    return save_checkpoint(tmp_path_factory.mktemp("run"), CheckpointInfo("best", config), Generator(config))


def test_the_gain_brings_the_pictures_to_the_wanted_colorfulness(checkpoint, folder, held_out, monkeypatch, capsys):
    monkeypatch.setattr(calibrate, "TEMPERATURES", (0.5,))
    monkeypatch.setattr(calibrate, "SHARES", (1.0,))
    monkeypatch.setattr(calibrate, "GAINS", (0.0, 40.0))
    options = ["--data", str(folder), "--names", str(held_out), "--every", "1", "--threads", "1"]

    assert calibrate.main([str(checkpoint), *options, "--ratio", "0.5"]) == 0

    line = capsys.readouterr().out.splitlines()[-2]
    assert float(line.split()[3]) == pytest.approx(0.5, abs=0.15)


def test_the_last_line_holds_the_options_for_the_export(checkpoint, folder, held_out, monkeypatch, capsys):
    monkeypatch.setattr(calibrate, "TEMPERATURES", (0.5,))
    options = ["--data", str(folder), "--names", str(held_out), "--every", "2", "--threads", "1"]

    assert calibrate.main([str(checkpoint), *options]) == 0

    last = capsys.readouterr().out.splitlines()[-1]
    assert re.fullmatch(r"--temperature 0\.5 --share [\d.]+ --gain [\d.]+ --least-share [\d.]+", last)


def test_with_a_network_for_it_the_smallest_frechet_distance_decides(
    checkpoint, folder, held_out, tmp_path, monkeypatch, capsys
):
    torch.manual_seed(0)
    save_file(SqueezeNet().state_dict(), tmp_path / "squeezenet.safetensors")
    monkeypatch.setattr(calibrate, "TEMPERATURES", (0.2, 0.5))
    options = ["--data", str(folder), "--names", str(held_out), "--every", "1", "--threads", "1"]

    assert calibrate.main([str(checkpoint), *options, "--frechet", str(tmp_path / "squeezenet.safetensors")]) == 0

    *rows, last = capsys.readouterr().out.splitlines()[2:]
    best = min(rows, key=lambda row: float(row.split()[-1]))
    temperature, share, gain, *_ = map(float, best.split())
    assert last.startswith(f"--temperature {temperature} --share {share} --gain {gain} ")


def test_the_mix_for_vividness_0_is_the_one_closest_to_the_truth(folder, held_out, tmp_path, monkeypatch, capsys):
    """Bins that know nothing against an ab head that errs: half of each is half the error."""
    torch.manual_seed(0)
    config = GeneratorConfig(decoder_channels=(16, 16, 16, 16), encoder="tiny")
    generator = Generator(config)
    for head in (generator.bin_head, generator.ab_head):
        head.weight.data.zero_()
        head.bias.data.zero_()
    generator.ab_head.bias.data.fill_(3.0)
    checkpoint = save_checkpoint(tmp_path, CheckpointInfo("errs", config), generator)
    monkeypatch.setattr(calibrate, "TEMPERATURES", (0.5,))
    options = ["--data", str(folder), "--names", str(held_out), "--every", "1", "--threads", "1"]

    assert calibrate.main([str(checkpoint), *options]) == 0

    assert capsys.readouterr().out.splitlines()[-1].endswith("--least-share 0.5")
