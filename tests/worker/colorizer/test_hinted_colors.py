"""Hints through the colorizer: they change their picture, and nothing else."""

from pathlib import Path

import numpy as np
import pytest

from worker.colorizer import Colorizer, Hint

MODELS = Path(__file__).parents[3] / "models"
PLACE = (0.25, 0.75)


@pytest.fixture(scope="module")
def shipped():
    return Colorizer.load(MODELS / "base.safetensors")


@pytest.fixture(scope="module")
def plain(checkpoint):
    return Colorizer.load(checkpoint)


@pytest.fixture(scope="module")
def lightness():
    """Two pictures with soft stripes, vertical and horizontal."""
    wave = 50 + 40 * np.sin(np.linspace(0, 9, 128, dtype=np.float32))
    upright, lying = np.broadcast_to(wave, (96, 128)), np.broadcast_to(wave[:96, None], (96, 128))
    return np.stack([upright, lying])[:, None].copy()


def color_at(chroma, x, y):
    return chroma[:, int(y * chroma.shape[1]), int(x * chroma.shape[2])]


@pytest.mark.parametrize("vividness", [0.0, 1.0, 1.5])
@pytest.mark.parametrize("color", [(30.0, 20.0), (-25.0, 25.0), (5.0, -35.0)])
def test_a_hint_brings_its_point_near_its_color_at_any_vividness(shipped, lightness, vividness, color):
    picture = lightness[:1]

    before = shipped.chroma(picture, vividness=vividness)[0]
    after = shipped.chroma(picture, vividness=vividness, hints=[[Hint(*PLACE, *color)]])[0]

    missing = [np.hypot(*(color_at(chroma, *PLACE) - color)) for chroma in (before, after)]
    assert missing[1] < missing[0] / 2
    assert missing[1] < 20


def test_none_and_empty_hints_give_the_same_bytes(shipped, lightness):
    without = shipped.chroma(lightness).tobytes()

    assert shipped.chroma(lightness, hints=None).tobytes() == without
    assert shipped.chroma(lightness, hints=[[], []]).tobytes() == without


def test_a_hint_changes_its_picture_only_and_reproducibly(shipped, lightness):
    hints = [[Hint(*PLACE, 30.0, 20.0)], []]

    without, hinted = shipped.chroma(lightness), shipped.chroma(lightness, hints=hints)

    assert hinted[0].tobytes() != without[0].tobytes()
    assert hinted[1].tobytes() == without[1].tobytes()
    assert shipped.chroma(lightness, hints=hints).tobytes() == hinted.tobytes()
    assert shipped.chroma(lightness[:1], hints=hints[:1]).tobytes() == hinted[:1].tobytes()


def test_hints_may_lie_on_the_edge(shipped, lightness):
    corners = [Hint(x, y, 20.0, 20.0) for x in (0.0, 1.0) for y in (0.0, 1.0)]

    assert np.isfinite(shipped.chroma(lightness[:1], hints=[corners])).all()


def test_a_checkpoint_without_hint_input_refuses_hints(plain, lightness):
    assert not plain.takes_hints
    with pytest.raises(ValueError, match="'tiny' does not support hints"):
        plain.chroma(lightness, hints=[[Hint(*PLACE, 10.0, 10.0)], []])

    assert plain.chroma(lightness, hints=[[], []]).tobytes() == plain.chroma(lightness).tobytes()


@pytest.mark.parametrize(
    ("hints", "message"),
    [
        ([[]], "each of the 2 pictures, not for 1"),
        ([[Hint(1.01, 0.5, 0.0, 0.0)], []], "A hint needs x and y in"),
        ([[Hint(0.5, -0.01, 0.0, 0.0)], []], "A hint needs x and y in"),
        ([[Hint(0.5, 0.5, 111.0, 0.0)], []], "A hint needs x and y in"),
        ([[Hint(0.5, 0.5, 0.0, float("nan"))], []], "A hint needs x and y in"),
    ],
)
def test_invalid_hints_are_refused(shipped, lightness, hints, message):
    with pytest.raises(ValueError, match=message):
        shipped.chroma(lightness, hints=hints)
