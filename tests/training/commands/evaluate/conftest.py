"""Untrained checkpoints and networks, and the options of an evaluation of two photographs."""

import json

import pytest
import torch
from safetensors.torch import save_file

from training.networks.squeezenet import SqueezeNet
from training.scores.lpips import LPIPS
from worker.colorizer.checkpoint import CheckpointInfo, save_checkpoint
from worker.colorizer.network import Generator, GeneratorConfig


def _untrained(folder, name, *, seed):
    torch.manual_seed(seed)
    config = GeneratorConfig(decoder_channels=(16, 16, 16, 16), encoder="tiny")
    return save_checkpoint(folder, CheckpointInfo(name, config), Generator(config))


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return _untrained(tmp_path_factory.mktemp("run"), "best", seed=0)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return _untrained(tmp_path_factory.mktemp("models"), "base", seed=1)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A folder with untrained weights of the networks that score, named like the published files."""
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    lpips = LPIPS()
    save_file(lpips.features.state_dict(), folder / "alexnet_features.safetensors")
    heads = {f"lin{number}.model.1.weight": torch.rand_like(weight) for number, weight in enumerate(lpips.weights)}
    save_file(heads, folder / "lpips_alex_lin.safetensors")
    save_file(SqueezeNet().state_dict(), folder / "squeezenet.safetensors")
    return folder


@pytest.fixture
def names(tmp_path):
    path = tmp_path / "names.txt"
    path.write_text("03.png\n05.png\nbroken.png\ngray.png\n")
    return path


@pytest.fixture
def options(folder, names, tmp_path):
    return ["--data", str(folder), "--names", str(names), "--output", str(tmp_path / "scores"), "--threads", "1"]


@pytest.fixture
def networks(weights):
    """The options for the networks that score."""
    return ["--lpips", str(weights), "--frechet", str(weights / "squeezenet.safetensors")]


@pytest.fixture
def scores(tmp_path):
    """Reads the `scores.json` that a command with `options` wrote."""
    return lambda: json.loads((tmp_path / "scores" / "scores.json").read_text())
