"""An untrained checkpoint of full depth, made in a second."""

import pytest
import torch

from worker.colorizer.calibration import Calibration
from worker.colorizer.checkpoint import CheckpointInfo, save_checkpoint
from worker.colorizer.network import Generator, GeneratorConfig


@pytest.fixture(scope="session")
def untrained():
    torch.manual_seed(0)
    generator = Generator(GeneratorConfig(decoder_channels=(48, 32, 24, 16)))
    # Statistics as after training, so that folding the norms is tested.
    for module in generator.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 2.0)
    generator.ab_head.weight.data.mul_(0.05)  # Cautious, as after training.
    return generator.eval()


@pytest.fixture(scope="session")
def info(untrained):
    return CheckpointInfo("tiny", untrained.config, calibration=Calibration(0.4, 0.5, 1.2))


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory, untrained, info):
    return save_checkpoint(tmp_path_factory.mktemp("models"), info, untrained)
