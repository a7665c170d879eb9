"""The network's view of a picture: upright, small, in one of a few shapes. Training and serving share it."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worker.imaging.lab import Floats

LONGEST_ASPECT = 4.0
AREA_TOLERANCE = 0.1

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How a viewer turns the stored pixels, by EXIF orientation."""


@cache
def _shapes(side: int, multiple: int) -> tuple[tuple[int, int], ...]:
    lengths = range(multiple, round(side * LONGEST_ASPECT**0.5) + 1, multiple)
    area = side * side
    return tuple((h, w) for h in lengths for w in lengths if abs(h * w - area) <= AREA_TOLERANCE * area)


def network_shape(width: int, height: int, *, side: int = 256, multiple: int = 32) -> tuple[int, int]:
    """The (height, width) of the network input for an upright picture of that size. It depends on the aspect only.

    One of a small fixed set: multiples of `multiple`, area within a tenth of side², at most 4:1. The picture is
    stretched to the aspect of that shape.
    """
    aspect = np.log(width / height)
    return min(_shapes(side, multiple), key=lambda s: (abs(np.log(s[1] / s[0]) - aspect), s))


def network_input(
    luma: NDArray[np.uint8], *, orientation: int = 1, side: int = 256, multiple: int = 32
) -> NDArray[np.uint8]:
    """The luma plane [height, width], downscaled with antialiasing to its network shape [h, w] and turned upright."""
    sideways = orientation >= 5
    height, width = luma.shape[::-1] if sideways else luma.shape
    h, w = network_shape(width, height, side=side, multiple=multiple)
    size = (h, w) if sideways else (w, h)
    small = Image.fromarray(luma).resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)
    return np.array(upright(small, orientation))


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """The stored pixels as a viewer shows them."""
    turn = _UPRIGHT.get(orientation)
    return image if turn is None else image.transpose(turn)


def as_stored(chroma: Floats, orientation: int) -> Floats:
    """Chroma [2, h, w] of the upright picture, turned back to match the stored pixels."""
    # 6 and 8 are each other's inverse; every other orientation is its own.
    turn = _UPRIGHT.get({6: 8, 8: 6}.get(orientation, orientation))
    if turn is None:
        return chroma
    return np.stack([np.array(Image.fromarray(plane).transpose(turn)) for plane in chroma])
