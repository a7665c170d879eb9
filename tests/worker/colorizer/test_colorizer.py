from dataclasses import replace

import numpy as np
import pytest
import torch

from worker.colorizer import Colorizer
from worker.colorizer.checkpoint import save_checkpoint


@pytest.fixture(scope="module")
def colorizer(checkpoint):
    return Colorizer.load(checkpoint)


@pytest.fixture(scope="module")
def lightness():
    return np.random.default_rng(1).uniform(0, 100, (3, 1, 64, 96)).astype(np.float32)


def test_chroma_has_a_quarter_of_the_size_and_lab_units(colorizer, lightness):
    chroma = colorizer.chroma(lightness)

    assert chroma.shape == (3, 2, 16, 24)
    assert chroma.dtype == np.float32
    assert np.abs(chroma).max() <= 110


def test_chroma_does_not_depend_on_the_rest_of_the_minibatch(colorizer, lightness):
    alone = colorizer.chroma(lightness[:1])
    padded = np.concatenate([lightness[:1], np.zeros_like(lightness)])
    moved = np.concatenate([lightness[1:], lightness[:1]])

    assert colorizer.chroma(lightness)[:1].tobytes() == alone.tobytes()
    assert colorizer.chroma(padded)[:1].tobytes() == alone.tobytes()
    assert colorizer.chroma(moved)[2:].tobytes() == alone.tobytes()


def test_folding_the_norms_changes_nothing_but_rounding(colorizer, untrained, lightness):
    with torch.inference_mode():
        _, expected = untrained(torch.from_numpy(lightness))

    folded = colorizer.chroma(lightness, vividness=0)

    np.testing.assert_allclose(folded, expected.numpy(), atol=0.5)


def test_more_vividness_means_more_chroma(colorizer, lightness):
    strengths = [np.abs(colorizer.chroma(lightness, vividness=v)).mean() for v in (0.5, 1.0, 1.25, 1.5)]

    assert strengths == sorted(strengths)
    assert strengths[0] < strengths[-1]


def test_vividness_0_has_the_least_share_of_its_calibration(untrained, info, tmp_path, lightness):
    shares = (0.0, 0.25, 0.5)
    mixes = [replace(info, calibration=replace(info.calibration, gain=1.0, least_share=share)) for share in shares]
    colorizers = [Colorizer.load(save_checkpoint(tmp_path / str(n), mix, untrained)) for n, mix in enumerate(mixes)]

    none, quarter, half = (colorizer.chroma(lightness[:1], vividness=0) for colorizer in colorizers)
    vivid = [colorizer.chroma(lightness[:1], vividness=1) for colorizer in colorizers]

    np.testing.assert_allclose(quarter, (none + half) / 2, atol=1e-3)
    assert not np.allclose(none, half, atol=0.1)
    assert all((chroma == vivid[0]).all() for chroma in vivid)


def test_a_colorizer_reports_its_name_and_input_size(colorizer):
    assert colorizer.name == "tiny"
    assert len(colorizer.sha256) == 64
    assert (colorizer.input_size, colorizer.multiple) == (256, 32)


@pytest.mark.parametrize(
    ("shape", "dtype", "vividness", "message"),
    [
        ((1, 1, 64, 65), np.float32, 1.0, "multiples of 32"),
        ((1, 3, 64, 64), np.float32, 1.0, "float32"),
        ((1, 1, 64, 64), np.float64, 1.0, "float32"),
        ((0, 1, 64, 64), np.float32, 1.0, "float32"),
        ((1, 1, 64, 64), np.float32, 1.6, "vividness"),
        ((1, 1, 64, 64), np.float32, float("nan"), "vividness"),
    ],
)
def test_input_that_is_not_a_minibatch_of_lightness_is_refused(colorizer, shape, dtype, vividness, message):
    with pytest.raises(ValueError, match=message):
        colorizer.chroma(np.zeros(shape, dtype=dtype), vividness=vividness)
