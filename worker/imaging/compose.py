"""From chroma and the source to a result: fitted to the gamut, encoded, marked as colorized by AI."""

from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from worker.imaging.facts import Buffer, ComposeOptions, Composed


def compose(
    source: Buffer,
    luma: NDArray[np.uint8],
    chroma: NDArray[np.float32],
    options: ComposeOptions,
    out: BinaryIO,
) -> Composed:
    """Write the picture that has the source's lightness, alpha and metadata, and the colors of `chroma`.

    `luma` is [height, width] as `decode` gave it; `chroma` is [2, h, w] Lab a and b of the upright picture at any
    small size. Deterministic: equal arguments give equal bytes. Raises PictureError.
    """
    raise NotImplementedError
