"""Simulated hints: points whose true color the generator is shown, so that it learns to follow hints.

After Zhang et al., "Real-Time User-Guided Image Colorization with Learned Deep Priors" (2017): the number of points is
geometrically distributed (mostly few), they lie towards the middle, and each has the mean color of a small patch.
"""

import numpy as np
from numpy.random import Generator as Random
from numpy.typing import NDArray

from worker.colorizer.hints import HINT_CHANNELS, POINT_RADIUS, Hint, hint_map

Float = NDArray[np.float32]

_GEOMETRIC = 1 / 8
_SPREAD = 0.25  # Standard deviation of a point's distance from the middle, in sides of the picture.


def simulated_hints(ab: Float, random: Random, *, share: float) -> Float:
    """[3, h, w] hint map for a true [2, h, w] ab: all zeros, except in a `share` of the calls."""
    height, width = ab.shape[1:]
    if random.random() >= share:
        return np.zeros((HINT_CHANNELS, height, width), dtype=np.float32)
    drawn = np.zeros((HINT_CHANNELS, height, width), dtype=np.float32)
    for _ in range(int(random.geometric(_GEOMETRIC))):
        y, x = np.clip(random.normal(0.5, _SPREAD, 2), 0, 0.999)
        radius = int(random.integers(0, POINT_RADIUS + 1))
        point = hint_map([hint_at(ab, float(x), float(y), radius=radius)], height, width, radius=radius)
        drawn = np.where(point[:1] > 0, point, drawn)
    return drawn


def hint_at(ab: Float, x: float, y: float, *, radius: int = POINT_RADIUS) -> Hint:
    """A hint with the mean of the true [2, h, w] ab around a point, in 0..1 of width and height."""
    row, column = int(y * ab.shape[1]), int(x * ab.shape[2])
    patch = ab[:, max(row - radius, 0) : row + radius + 1, max(column - radius, 0) : column + radius + 1]
    a, b = (float(mean) for mean in patch.mean(axis=(1, 2)))
    return Hint(x, y, a, b)
