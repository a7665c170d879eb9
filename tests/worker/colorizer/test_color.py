import numpy as np
import pytest

from worker.colorizer.color import lab_from_rgb, lightness_from_luma, rgb_from_lab


def test_grays_have_their_lightness_and_no_chroma():
    grays = np.arange(256, dtype=np.uint8)

    lab = lab_from_rgb(np.stack([grays] * 3, axis=-1))

    np.testing.assert_allclose(lab[..., 0], lightness_from_luma(grays), atol=1e-3)
    np.testing.assert_allclose(lab[..., 1:], 0, atol=1e-3)


def test_lightness_runs_from_0_to_100_and_never_falls():
    lightness = lightness_from_luma(np.arange(256, dtype=np.uint8))

    assert lightness[0] == 0
    assert lightness[255] == pytest.approx(100, abs=1e-4)
    assert (np.diff(lightness) > 0).all()


def test_lightness_requires_bytes():
    with pytest.raises(TypeError, match="uint8"):
        lightness_from_luma(np.zeros((2, 2), dtype=np.float32))


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        ((255, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 255, 0), (87.73, -86.18, 83.18)),
        ((0, 0, 255), (32.30, 79.19, -107.86)),
        ((255, 255, 255), (100.0, 0.0, 0.0)),
    ],
)
def test_the_primaries_have_their_published_lab_values(rgb, lab):
    converted = lab_from_rgb(np.array(rgb, dtype=np.uint8))

    np.testing.assert_allclose(converted, lab, atol=0.02)


def test_bytes_survive_the_round_trip_through_lab():
    rgb = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)

    np.testing.assert_array_equal(rgb_from_lab(lab_from_rgb(rgb)), rgb)
