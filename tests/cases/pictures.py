"""What checks of pictures share: the scan that they are made from, and what imaging makes of a file."""

import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.worker.imaging.pictures import OPTIONS, gentle_chroma, scan
from worker.imaging import PictureError, compose, decode

GRAY = scan()
LUMA: NDArray[np.uint8] = np.asarray(GRAY)
"""160 × 120, with all 256 codes."""

EXACT = "colorized, 160 × 120, lightness exact"


def colorized(source: bytes, luma: NDArray[np.uint8] = LUMA) -> str:
    """The error's code, or the result's size and how far its lightness is from the right one."""
    try:
        result = result_of(source)
    except PictureError as error:
        return error.code
    width, height = result.size
    if (height, width) != luma.shape:
        return f"colorized, {width} × {height}"
    off = int(np.abs(np.asarray(result.convert("L"), np.int16) - luma).max())
    return f"colorized, {width} × {height}, lightness {f'off by up to {off}' if off else 'exact'}"


def result_of(source: bytes) -> Image.Image:
    """The result as any reader opens it. Raises PictureError."""
    decoded, _ = decode(source)
    out = io.BytesIO()
    compose(source, decoded, gentle_chroma(), OPTIONS, out)
    result = Image.open(out)
    result.load()
    return result


def check_of(generate: Callable[[], bytes], luma: NDArray[np.uint8] = LUMA) -> Callable[[], str]:
    """A check that colorizes what `generate` makes."""
    return lambda: colorized(generate(), luma)
