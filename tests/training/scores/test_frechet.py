import numpy as np
import pytest

from training.scores.frechet import frechet_distance


@pytest.fixture
def features():
    return np.random.default_rng(0).normal(0, 1, (300, 6))


def test_a_set_has_distance_zero_to_itself(features):
    assert frechet_distance(features, features) == pytest.approx(0, abs=1e-9)


def test_a_shifted_set_is_as_far_as_it_was_shifted(features):
    assert frechet_distance(features, features + np.array([3, 4, 0, 0, 0, 0])) == pytest.approx(25)


def test_a_widened_set_differs_by_its_deviations(features):
    deviations = features.std(axis=0, ddof=1)

    distance = frechet_distance(features[:, :1].repeat(2, axis=1) * [1, 0], features[:, :1].repeat(2, axis=1) * [3, 0])

    assert distance == pytest.approx((2 * deviations[0]) ** 2 + (2 * features[:, 0].mean()) ** 2)
