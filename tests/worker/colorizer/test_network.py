import dataclasses

import pytest
import torch

from worker.colorizer.attention import Attention
from worker.colorizer.encoders import ENCODERS
from worker.colorizer.hints import HINT_SCALE, Hint, hint_map
from worker.colorizer.network import Generator, GeneratorConfig

PLAIN = GeneratorConfig(decoder_channels=(32, 32, 24, 16))
FULL = dataclasses.replace(PLAIN, attention_blocks=2, hints=True)


@pytest.fixture(scope="module")
def trained():
    """A generator in which every part has an effect, as after training."""
    torch.manual_seed(0)
    generator = Generator(FULL).eval()
    for name, parameter in generator.named_parameters():
        if name.startswith(("decoder.attention", "decoder.hints")):
            parameter.data.normal_(0, 0.1)
    return generator.requires_grad_(False)


@pytest.fixture(scope="module")
def lightness():
    return torch.rand(2, 1, 64, 96, generator=torch.Generator().manual_seed(1)) * 100


def test_an_empty_hint_map_changes_nothing(trained, lightness):
    empty = torch.zeros(2, 3, 16, 24)

    for plain, hinted in zip(trained(lightness), trained(lightness, empty), strict=True):
        assert torch.equal(plain, hinted)


def test_a_hint_changes_its_picture_only(trained, lightness):
    hints = torch.zeros(2, 3, 16, 24)
    hints[0] = torch.from_numpy(hint_map([Hint(0.5, 0.5, 40.0, -20.0)], 16, 24))

    plain, hinted = trained(lightness)[1], trained(lightness, hints)[1]

    assert not torch.allclose(plain[0], hinted[0], atol=1e-3)
    torch.testing.assert_close(plain[1], hinted[1])


def test_hints_are_refused_by_a_generator_without_an_input_for_them(lightness):
    with pytest.raises(ValueError, match="no input for hints"):
        Generator(PLAIN).eval()(lightness, torch.zeros(2, 3, 16, 24))


def test_untrained_attention_and_hints_change_nothing(lightness):
    plain, full = Generator(PLAIN).eval(), Generator(FULL).eval()
    keys = full.load_state_dict(plain.state_dict(), strict=False)

    assert {key.split(".")[1] for key in keys.missing_keys} == {"attention", "hints"}
    for before, after in zip(plain(lightness), full(lightness, torch.ones(2, 3, 16, 24)), strict=True):
        torch.testing.assert_close(before, after)


def test_attention_reaches_across_the_map():
    torch.manual_seed(0)
    attention = Attention(32, blocks=1)
    for parameter in attention.parameters():
        parameter.data.normal_(0, 0.3)
    places = torch.randn(1, 32, 8, 12)
    moved = places.clone()
    moved[0, :, 0, 0] += 1

    change = (attention(places) - attention(moved)).abs().amax(dim=1)[0]

    assert change[-1, -1] > 1e-4


def test_attention_needs_a_multiple_of_its_head_channels():
    with pytest.raises(ValueError, match="multiple of 32"):
        Attention(48, blocks=1)


def test_a_point_colors_its_cell_and_its_neighbors_and_later_points_win():
    drawn = hint_map([Hint(0.0, 0.0, 32.0, 0.0), Hint(0.99, 1.0, 0.0, -64.0), Hint(0.99, 1.0, 16.0, 0.0)], 6, 8)

    assert drawn.shape == (3, 6, 8)
    assert drawn[0, :2, :2].tolist() == [[1, 1], [1, 1]]
    assert drawn[0].sum() == 8
    assert drawn[1, 0, 0] == 32.0 / HINT_SCALE
    assert drawn[:, 5, 7].tolist() == [1, 0.5, 0]


@pytest.mark.parametrize("encoder", ENCODERS)
def test_every_encoder_feeds_the_decoder(encoder, lightness):
    generator = Generator(dataclasses.replace(PLAIN, encoder=encoder)).eval()

    with torch.inference_mode():
        logits, ab = generator(lightness)

    assert logits.shape == (2, len(generator.bins), 16, 24)
    assert ab.shape == (2, 2, 16, 24)
    assert all(isinstance(layer, torch.nn.Module) for layer in generator.encoder.early_layers())


def test_an_unknown_encoder_is_named():
    with pytest.raises(ValueError, match=r"'vgg'.*mobilenetv2"):
        GeneratorConfig(encoder="vgg")
