from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from worker.colorizer import ESTIMATE, Colorizer, Draw, Hint, lightness_from_luma
from worker.colorizer.bins import annealed_mean
from worker.colorizer.checkpoint import save_checkpoint
from worker.colorizer.draws import perturbed

ROOT = Path(__file__).parents[3]
MODELS, PHOTOGRAPHS = ROOT / "models", ROOT / "examples" / "photographs"
DRAWS = [Draw(0, 2), Draw(0, 3), Draw(7, 1), Draw(7, 2)]


@pytest.fixture(scope="module")
def colorizer():
    return Colorizer.load(MODELS / "base.safetensors")


@pytest.fixture(scope="module")
def lightness():
    return np.random.default_rng(1).uniform(0, 100, (2, 1, 64, 96)).astype(np.float32)


def test_the_first_variant_of_seed_0_is_the_estimate(colorizer, lightness):
    assert Draw(0, 1) == ESTIMATE
    assert colorizer.chroma(lightness, draw=Draw(0, 1)).tobytes() == colorizer.chroma(lightness).tobytes()


@pytest.mark.parametrize("vividness", [0.0, 1.0, 1.5])
def test_draws_differ_and_are_reproducible(colorizer, lightness, vividness):
    chromas = {draw: colorizer.chroma(lightness, vividness=vividness, draw=draw) for draw in [ESTIMATE, *DRAWS]}

    for number, chroma in enumerate(chromas.values()):
        assert np.isfinite(chroma).all()
        assert np.abs(chroma).max() <= 110
        for other in list(chromas.values())[:number]:
            assert np.abs(chroma - other).mean() > 0.5
    again = colorizer.chroma(lightness, vividness=vividness, draw=DRAWS[0])
    assert again.tobytes() == chromas[DRAWS[0]].tobytes()


def test_a_draw_does_not_depend_on_the_rest_of_the_minibatch(colorizer, lightness):
    both = colorizer.chroma(lightness, draw=DRAWS[0])

    assert colorizer.chroma(lightness[1:], draw=DRAWS[0]).tobytes() == both[1:].tobytes()


def test_a_draw_changes_only_what_is_uncertain():
    bins = torch.tensor([[-40.0, 0.0], [40.0, 0.0]])
    logits = torch.tensor([0.0, 0.0]).view(1, 2, 1, 1).expand(1, 2, 8, 16).clone()
    logits[:, 1, :, 8:] = 20.0  # The right half is one color for certain, the left half either.
    light, ab = torch.full((1, 1, 32, 64), 50.0), torch.zeros(1, 2, 8, 16)

    means = [annealed_mean(perturbed(logits, bins, light, ab, Draw(seed, 1)), bins, 0.4) for seed in range(1, 9)]

    wavering, sure = torch.stack(means)[:, 0, 0, :, 0], torch.stack(means)[:, 0, 0, :, 8:]
    assert wavering.min() < -10 < 10 < wavering.max()
    assert torch.allclose(sure, torch.full_like(sure, 40.0), atol=0.1)


def test_a_draw_varies_at_vividness_0_even_where_that_is_the_cautious_mean(untrained, info, tmp_path, lightness):
    cautious = replace(info, calibration=replace(info.calibration, gain=1.0, least_share=0.0))
    colorizer = Colorizer.load(save_checkpoint(tmp_path / "cautious", cautious, untrained))

    moved = colorizer.chroma(lightness, vividness=0, draw=DRAWS[0]) - colorizer.chroma(lightness, vividness=0)

    assert np.abs(moved).mean() > 0.5


def test_neighbors_that_look_alike_are_drawn_alike(colorizer):
    smooth = np.full((1, 1, 64, 64), 50, np.float32)
    moved = np.concatenate([colorizer.chroma(smooth, draw=draw) for draw in DRAWS]) - colorizer.chroma(smooth)

    steps = np.abs(np.diff(moved[:, :, 4:12, 4:12], axis=3)).mean()

    assert steps < 0.2 * np.abs(moved[:, :, 4:12, 4:12]).mean()


def test_draws_are_about_as_colorful_as_the_estimate(colorizer):
    pictures = [Image.open(path).convert("L").resize((256, 256)) for path in sorted(PHOTOGRAPHS.rglob("*.jpg"))[:4]]
    lightness = np.stack([lightness_from_luma(np.asarray(picture)) for picture in pictures])[:, None]
    estimate, *drawn = (np.abs(colorizer.chroma(lightness, draw=draw)).mean() for draw in [ESTIMATE, *DRAWS])

    assert 0.7 * estimate < np.mean(drawn) < 1.25 * estimate


def test_hints_and_draws_go_together(colorizer, lightness):
    hints = [[Hint(0.5, 0.5, 40.0, 20.0)]] * 2

    hinted = colorizer.chroma(lightness, hints=hints, draw=DRAWS[0])

    assert not np.array_equal(hinted, colorizer.chroma(lightness, draw=DRAWS[0]))
    assert not np.array_equal(hinted, colorizer.chroma(lightness, hints=hints))
