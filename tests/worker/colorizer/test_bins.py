import numpy as np
import pytest
import torch

from worker.colorizer.bins import SoftEncoding, ab_bins, annealed_mean


@pytest.fixture(scope="module")
def bins():
    return ab_bins(10)


@pytest.fixture(scope="module")
def encoding(bins):
    return SoftEncoding(bins)


def _colors(*pairs):
    return torch.tensor(pairs, dtype=torch.float32).T.reshape(1, 2, 1, len(pairs))


def test_the_bins_cover_gray_and_the_primaries_but_nothing_outside_srgb(bins):
    centers = {tuple(center) for center in bins.tolist()}

    assert {(0, 0), (70, 50), (-70, 70), (70, -100)} <= centers
    assert (-100, -100) not in centers
    assert (100, 100) not in centers


def test_soft_weights_sum_to_one_even_for_impossible_colors(encoding):
    _, weight = encoding(_colors((0, 0), (12.4, -33.3), (500, -500)))

    np.testing.assert_allclose(weight.sum(dim=1), 1, atol=1e-6)


def test_the_nearest_bin_comes_first_and_weighs_most(bins, encoding):
    index, weight = encoding(_colors((11, -19)))

    assert bins[index[0, 0, 0, 0]].tolist() == [10, -20]
    assert weight[0, 0, 0, 0] == weight.max()


def test_encoding_then_averaging_nearly_restores_the_color(bins, encoding):
    color = _colors((23, 14), (-31, 27), (2, -3))
    index, weight = encoding(color)
    probability = torch.zeros(1, len(bins), 1, 3).scatter(1, index, weight)

    mean = annealed_mean(probability.clamp_min(1e-12).log(), torch.from_numpy(bins), 1.0)

    np.testing.assert_allclose(mean, color, atol=2.5)


def test_a_lower_temperature_moves_the_mean_towards_the_likeliest_bin(bins):
    logits = torch.full((1, len(bins), 1, 1), -20.0)
    likely, other = bins.tolist().index([40, 30]), bins.tolist().index([-40, 30])
    logits[0, likely], logits[0, other] = 1.0, 0.5

    reds = [annealed_mean(logits, torch.from_numpy(bins), t)[0, 0, 0, 0].item() for t in (1.0, 0.5, 0.1)]

    assert reds[0] < reds[1] < reds[2] < 40.1
