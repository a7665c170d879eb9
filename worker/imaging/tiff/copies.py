"""Detects unflagged reduced copies of a picture by comparing pixels."""

import numpy as np
from PIL import Image

_LONGEST_SIDE = 256
_CORRELATION = 0.95
_MEAN_DIFFERENCE = 12


def is_copy(small: Image.Image, picture: Image.Image) -> bool:
    """Compares grays at a size at which the text of different pages still differs. Blank pages are never copies."""
    scale = min(1.0, _LONGEST_SIDE / max(small.size))
    width, height = (max(1, round(side * scale)) for side in small.size)
    first, second = (
        np.asarray(image.convert("L").resize((width, height), Image.Resampling.BOX), np.float32).ravel()
        for image in (small, picture)
    )
    if min(first.std(), second.std()) < 1 or np.abs(first - second).mean() > _MEAN_DIFFERENCE:
        return False
    return bool(np.corrcoef(first, second)[0, 1] >= _CORRELATION)
