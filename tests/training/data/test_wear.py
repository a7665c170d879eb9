import numpy as np
import pytest

from training.data import old_prints, wear
from training.data.old_prints import imitate_old_print

KINDS = [
    "_mottled",
    "_flashed",
    "_glowing",
    "_vignetted",
    "_flat",
    "_scratched",
    "_cracked",
    "_stained",
    "_foxed",
]


@pytest.fixture
def ramp():
    """With fine detail on it."""
    rough = np.random.default_rng(0).uniform(-0.1, 0.1, (64, 96)).astype(np.float32)
    return np.linspace(0.1, 0.9, 96, dtype=np.float32) + rough


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_shows_and_leaves_a_picture(kind, ramp):
    for seed in range(20):
        made = getattr(wear, kind)(ramp, np.random.default_rng(seed))

        assert made.shape == ramp.shape
        assert np.isfinite(made).all()
        assert np.abs(made - ramp).max() > 0.02
        assert made[:, -24:].mean() > made[:, :24].mean()


@pytest.mark.parametrize("kind", ["_scratched", "_cracked", "_foxed"])
def test_thin_and_small_wear_leaves_most_pixels_unchanged(kind, ramp):
    untouched = [np.mean(getattr(wear, kind)(ramp, np.random.default_rng(seed)) == ramp) for seed in range(20)]

    assert np.mean(untouched) > 0.5


@pytest.mark.parametrize("kind", ["_mottled", "_vignetted"])
def test_the_sitter_is_spared(kind, ramp):
    for seed in range(20):
        change = np.abs(getattr(wear, kind)(ramp, np.random.default_rng(seed)) - ramp)

        assert change[28:36, 42:54].max() < 0.05 < change.max()


def test_light_and_wear_stay_within_what_paper_shows(ramp):
    for seed in range(30):
        random = np.random.default_rng(seed)
        made = wear.worn(wear.lit(ramp.clip(0, 1), random), random)

        assert made.dtype == np.float32
        assert made.min() >= 0
        assert made.max() <= 1


def test_without_wear_prints_are_the_same_as_before(monkeypatch):
    luma = np.tile(np.arange(96, dtype=np.uint8), (64, 1))
    before = [imitate_old_print(luma, np.random.default_rng(seed)) for seed in range(10)]
    monkeypatch.setattr(old_prints, "lit", None)
    monkeypatch.setattr(old_prints, "worn", None)

    for seed, print_ in enumerate(before):
        np.testing.assert_array_equal(imitate_old_print(luma, np.random.default_rng(seed), wear_share=0.0), print_)


def test_as_many_prints_are_worn_as_the_share_says(monkeypatch):
    calls = []
    monkeypatch.setattr(old_prints, "worn", lambda tone, _: calls.append(tone) or tone)
    random = np.random.default_rng(0)

    for _ in range(200):
        imitate_old_print(np.full((16, 16), 99, dtype=np.uint8), random, wear_share=0.3)

    assert 40 < len(calls) < 80
