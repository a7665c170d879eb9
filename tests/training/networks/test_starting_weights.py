from dataclasses import replace

import pytest
import torch

from tests.training.runs import command, tiny_recipe
from training.commands.train import main
from training.networks.starting_weights import copy_weights
from worker.colorizer.checkpoint import CheckpointError, load_checkpoint
from worker.colorizer.network import Generator

pytestmark = pytest.mark.usefixtures("single_thread")


def test_a_checkpoint_with_fewer_parts_starts_with_the_same_results(folder, held_out, tiny_smoke, tmp_path):
    plain = tmp_path / "plain.toml"
    text = tiny_smoke.read_text().replace("attention_blocks = 1\nhints = true\n", "").replace("hint_share = 0.5\n", "")
    plain.write_text(text)
    assert main(command(folder, held_out, tmp_path / "first", "--steps", "1", "--recipe", str(plain))) == 0
    first = load_checkpoint(tmp_path / "first" / "latest.safetensors")
    lightness = torch.rand(1, 1, 64, 64) * 100

    grown = Generator(tiny_recipe().generator).eval()
    assert not copy_weights(grown, first)

    with torch.inference_mode():
        assert torch.equal(grown(lightness, torch.ones(1, 3, 16, 16))[1], first.generator(lightness)[1])


@pytest.mark.parametrize("config", [{"decoder_channels": (64, 32, 16, 16)}, {"encoder": "resnet50v2"}])
def test_weights_that_do_not_fit_are_refused(untrained, config):
    checkpoint = load_checkpoint(untrained)

    with pytest.raises(CheckpointError, match="does not fit"):
        copy_weights(Generator(replace(checkpoint.info.generator, **config)), checkpoint)
