"""Small gray pictures, and archives of them, for the zoo's colorizers."""

import io
import zipfile

import numpy as np
from PIL import Image


def picture(seed: int = 0, size: tuple[int, int] = (64, 48), file_format: str = "JPEG") -> bytes:
    """A small gray picture that differs for each seed: a gradient with some grain."""
    width, height = size
    grain = np.random.default_rng(seed).integers(0, 40, (height, width))
    plane = (np.linspace(40, 200, width)[None, :] + grain).astype(np.uint8)
    return encoded(plane, file_format)


def black_picture() -> bytes:
    """The picture on which the zoo's colorizers fail."""
    return encoded(np.zeros((48, 64), np.uint8))


def encoded(plane: np.ndarray, file_format: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(plane).save(buffer, file_format)
    return buffer.getvalue()


def scans(count: int) -> bytes:
    """A zip of small pictures."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number}.jpg", picture(number))
    return buffer.getvalue()
