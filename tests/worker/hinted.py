"""How near a picture comes to the colors that hints named."""

import io

import numpy as np
from PIL import Image, ImageOps

from shared.jobs.options import Hint
from worker.chunk.hints import lab_hints
from worker.colorizer.color import lab_from_rgb


def ab_around(content: bytes, hint: Hint) -> np.ndarray:
    """The mean a and b around a hint's place, in the picture as a viewer shows it."""
    pixels = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB"))
    height, width = pixels.shape[:2]
    rows, columns = (slice(int(at * size) - 4, int(at * size) + 5) for at, size in ((hint.y, height), (hint.x, width)))
    return lab_from_rgb(pixels[rows, columns])[..., 1:].mean(axis=(0, 1))


def missing(content: bytes, hint: Hint) -> float:
    """The distance of the color there from the hint's."""
    (expected,) = lab_hints([hint])
    return float(np.hypot(*(ab_around(content, hint) - (expected.a, expected.b))))
