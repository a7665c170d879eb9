from collections import Counter

import numpy as np
import pytest
from PIL import Image

from training.data import photographs
from training.data.originals import read_originals


@pytest.fixture
def scan(tmp_path, monkeypatch):
    """A picture with one pixel more than is decoded whole."""
    pixels = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "scan.png")
    monkeypatch.setattr(photographs, "MAX_WHOLE_PIXELS", 64 * 96 - 1)
    return tmp_path


def test_a_large_scan_is_squeezed_like_any_other(scan):
    (original,) = read_originals(scan, None, size=16)

    assert original.picture.shape == (16, 16, 3)


def test_a_scan_too_large_to_decode_whole_is_left_out_and_counted(scan):
    left_out = Counter()

    assert list(read_originals(scan, None, size=None, left_out=left_out)) == []
    assert left_out == {"too large": 1}
