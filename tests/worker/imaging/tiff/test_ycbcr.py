import io
import zlib

import numpy as np
import pytest
from PIL import Image

from tests.cases.tiff_files import RATIONAL, SHORT, Page, page, tiff
from worker.imaging import decode

VIDEO = [16, 1, 235, 1, 128, 1, 240, 1, 128, 1, 240, 1]
REC_709 = [2125, 10000, 7154, 10000, 721, 10000]


def subsampled(across: int, down: int, width: int = 150, height: int = 101, **other: object) -> bytes:
    """Deflate, with all codes of luma and chroma, and blocks that stick out on the right and below."""
    rows, columns = -(-height // down), -(-width // across)
    blocks = np.random.default_rng(0).integers(0, 256, (rows, columns, across * down + 2), np.uint8)
    plain = page(np.empty((height, width, 3), np.uint8), t262=(SHORT, [6]), t259=(SHORT, [8]), **other)
    return tiff(Page(tags=plain.tags, strips=[zlib.compress(blocks.tobytes())]))


@pytest.mark.parametrize(("across", "down"), [(1, 1), (1, 2), (2, 1), (2, 2), (4, 1), (4, 4)])
def test_colors_are_those_of_libtiff(across, down):
    source = subsampled(across, down, t530=(SHORT, [across, down]))

    by_libtiff = Image.open(io.BytesIO(source)).convert("L")

    assert np.array_equal(decode(source)[0], np.asarray(by_libtiff))


@pytest.mark.parametrize("other", [{"t532": (RATIONAL, VIDEO)}, {"t529": (RATIONAL, REC_709)}])
def test_range_and_coefficients_are_taken_from_the_file(other):
    source = subsampled(2, 2, t530=(SHORT, [2, 2]), **other)

    by_libtiff = Image.open(io.BytesIO(source)).convert("L")

    difference = np.abs(decode(source)[0].astype(int) - np.asarray(by_libtiff))
    assert difference.max() <= 1


def test_subsampling_is_two_by_two_by_default():
    assert np.array_equal(decode(subsampled(2, 2))[0], decode(subsampled(2, 2, t530=(SHORT, [2, 2])))[0])
