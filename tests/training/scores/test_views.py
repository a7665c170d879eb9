import numpy as np
import pytest
from PIL import Image

from training.data.originals import resized
from training.scores.views import Served, Squeezed

FLAT = np.zeros((2, 1, 1), dtype=np.float32)


def _photograph(height, width):
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    channels = [90 + 0.3 * down, 60 + 0.4 * across, np.full_like(down, 80)]
    return np.stack(channels, axis=-1).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("view", "size", "shape"), [(Squeezed(), (64, 96), (64, 96)), (Served(128, 32), (150, 210), (96, 160))]
)
def test_the_lightness_has_a_shape_that_the_colorizer_takes(view, size, shape):
    lightness = view.lightness(_photograph(*size))

    assert lightness.shape == (1, 1, *shape)
    assert 0 < lightness.min() < lightness.max() < 100


@pytest.mark.parametrize(("view", "size"), [(Squeezed(), (64, 96)), (Served(128, 32), (150, 210))])
def test_the_true_chroma_restores_the_original_and_no_chroma_gives_gray(view, size):
    original = _photograph(*size)

    truth = view.paint(original, view.true_chroma(original)).astype(int)
    gray = view.paint(original, FLAT)

    assert truth.shape == original.shape
    assert np.abs(truth - original)[8:-8, 8:-8].mean() < 3
    assert (gray == gray[..., :1]).all()


def test_the_served_picture_keeps_the_luma_of_each_pixel():
    original = np.random.default_rng(0).integers(60, 200, (150, 210, 3), dtype=np.uint8)

    painted = Served(128, 32).paint(original, np.full((2, 4, 4), 12.0, dtype=np.float32))

    luma = [np.asarray(Image.fromarray(picture).convert("L")).astype(int) for picture in (original, painted)]
    assert np.abs(luma[0] - luma[1]).max() <= 1


def test_a_picture_of_the_right_size_is_not_resampled():
    image = Image.new("RGB", (30, 20), "red")

    assert resized(image, (30, 20)) is image
    assert resized(image, (15, 10)).size == (15, 10)
