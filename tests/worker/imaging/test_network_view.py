import math

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.worker.imaging.pictures import scan
from worker.imaging import network_input, network_shape
from worker.imaging.network_view import as_stored


@pytest.mark.parametrize("size", [(1, 1), (4000, 3000), (3000, 4000), (768, 512), (1000, 20), (3, 5000), (640, 480)])
def test_the_shape_keeps_the_area_and_nearly_the_aspect(size):
    height, width = network_shape(*size)

    assert height % 32 == width % 32 == 0
    assert abs(height * width - 256 * 256) <= 0.1 * 256 * 256
    aspect = min(4.0, max(0.25, size[0] / size[1]))
    assert abs(math.log(width / height / aspect)) < 0.2


def test_the_shape_depends_on_aspect_alone_and_turns_with_the_picture():
    assert network_shape(300, 200) == network_shape(6000, 4000) == network_shape(200, 300)[::-1]


def test_the_number_of_shapes_is_small():
    shapes = {network_shape(width, 1000) for width in range(100, 10000, 7)}

    assert len(shapes) <= 20


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_network_input_is_upright(orientation):
    stored = scan(320, 224)
    exif = stored.getexif()
    exif[0x0112] = orientation
    shown = ImageOps.exif_transpose(stored)

    view = network_input(np.asarray(stored), orientation=orientation)

    assert np.array_equal(view, np.asarray(shown))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_chroma_is_turned_back_to_how_the_pixels_are_stored(orientation):
    stored = np.arange(12, dtype=np.uint8).reshape(3, 4)
    image = Image.fromarray(stored)
    image.getexif()[0x0112] = orientation
    shown = np.asarray(ImageOps.exif_transpose(image), np.float32)

    back = as_stored(np.stack([shown, -shown]), orientation)

    assert np.array_equal(back, np.stack([stored.astype(np.float32), -stored.astype(np.float32)]))


def test_downscaling_does_not_alias():
    stripes = np.tile(np.array([[0, 255]], np.uint8), (512, 1000))

    view = network_input(stripes)

    assert abs(float(view.mean()) - 127.5) < 1
    assert view.std() < 3
