"""How the network sees a picture: upright, small, in one of a few shapes. Training and serving both look through here."""

import numpy as np
from numpy.typing import NDArray


def network_shape(width: int, height: int, *, side: int = 256, multiple: int = 32) -> tuple[int, int]:
    """The (height, width) that an upright picture of that size is shown to the network in: a function of aspect only.

    One of a small fixed set: multiples of `multiple`, area within a tenth of side², at most 4:1.
    """
    raise NotImplementedError


def network_input(
    luma: NDArray[np.uint8], *, orientation: int = 1, side: int = 256, multiple: int = 32
) -> NDArray[np.uint8]:
    """The luma plane [height, width], antialiased down (or up) to its network shape, upright by EXIF `orientation`."""
    raise NotImplementedError


def lightness(plane: NDArray[np.uint8]) -> NDArray[np.float32]:
    """CIE L* (0..100) of gray sRGB code values, any shape: what a colorizer takes."""
    raise NotImplementedError
