"""Small pictures as Pillow writes them, from which attacks are made."""

from typing import Any

import numpy as np
from PIL import Image

from tests.worker.imaging.pictures import packed


def saved(kind: str, mode: str = "L", size: tuple[int, int] = (32, 24), **how: Any) -> bytes:
    """A gradient in any mode and format that Pillow writes."""
    width, height = size
    plane = np.linspace(0, 255, width * height).astype(np.uint8).reshape(height, width)
    return packed(Image.fromarray(plane).convert("RGB").convert(mode), kind, **how)
