import numpy as np
import pytest

from training.data import old_prints
from training.data.old_prints import imitate_old_print


@pytest.fixture
def ramp():
    return np.tile(np.linspace(0, 255, 96).astype(np.uint8), (64, 1))


def test_a_print_keeps_its_size_and_light_parts_stay_lighter(ramp):
    for seed in range(40):
        aged = imitate_old_print(ramp, np.random.default_rng(seed))

        assert (aged.shape, aged.dtype) == (ramp.shape, np.uint8)
        assert aged[:, -24:].mean() > aged[:, :24].mean() + 30


def test_the_same_seed_gives_the_same_print_and_another_seed_another(ramp):
    first, again, other = (imitate_old_print(ramp, np.random.default_rng(seed)) for seed in (5, 5, 6))

    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("damage", ["_unevenly_faded", "_grainy", "_halftone"])
def test_each_damage_shows_on_an_even_tone(damage):
    even = np.full((64, 64), 0.5, dtype=np.float32)

    damaged = getattr(old_prints, damage)(even, np.random.default_rng(0))

    assert damaged.std() > 0.003
    assert abs(damaged.mean() - 0.5) < 0.2


def test_a_halftone_is_a_screen_of_dots():
    even = np.full((64, 64), 0.5, dtype=np.float32)

    spectrum = np.abs(np.fft.fft2(old_prints._halftone(even, np.random.default_rng(1)) - 0.5))

    assert spectrum.max() > 20 * np.median(spectrum)
