"""From a source's bytes to its luma plane, header checks first. What each odd source gets: docs/formats.md."""

import numpy as np
from numpy.typing import NDArray

from worker.imaging.facts import Buffer, Facts, Limits


def inspect(source: Buffer, limits: Limits = Limits()) -> Facts:
    """Read the header alone. Raises PictureError for what will not be decoded."""
    raise NotImplementedError


def decode(source: Buffer, limits: Limits = Limits()) -> tuple[NDArray[np.uint8], Facts]:
    """The luma plane [height, width], which is Pillow's `convert("L")` of the stored pixels, and the facts.

    Raises PictureError.
    """
    raise NotImplementedError
