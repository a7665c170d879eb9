"""Hints: known colors as a further input of the generator. Training and serving share it.

After Zhang et al., "Real-Time User-Guided Image Colorization with Learned Deep Priors" (2017): a mask of where the
color is known, and the color there. Zero everywhere means that there are no hints.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

HINT_CHANNELS = 3  # Mask, a and b.
HINT_SCALE = 32.0  # Lab units per unit of the hint map.
POINT_RADIUS = 1  # A point colors its cell of the map and this many cells around it.
_WIDTHS = (16, 24, 32, 48)  # From the output's stride to the lowest resolution.


@dataclass(frozen=True)
class Hint:
    """The color at a point: `x` and `y` in 0..1 of width and height, `a` and `b` in Lab units."""

    x: float
    y: float
    a: float
    b: float

    def cell(self, height: int, width: int) -> tuple[int, int]:
        """Row and column of the point in a map of that size."""
        return min(int(self.y * height), height - 1), min(int(self.x * width), width - 1)


def hint_map(hints: Iterable[Hint], height: int, width: int, *, radius: int = POINT_RADIUS) -> NDArray[np.float32]:
    """float32 [3, height, width] at the generator's output stride. Later hints cover earlier ones."""
    drawn = np.zeros((HINT_CHANNELS, height, width), dtype=np.float32)
    for hint in hints:
        row, column = hint.cell(height, width)
        rows = slice(max(row - radius, 0), row + radius + 1)
        columns = slice(max(column - radius, 0), column + radius + 1)
        color = np.array([1.0, hint.a / HINT_SCALE, hint.b / HINT_SCALE], dtype=np.float32)
        drawn[:, rows, columns] = color[:, None, None]
    return drawn


class HintPyramid(nn.Module):
    """A hint map [N, 3, h, w] to what is added to the decoder's maps, lowest resolution first.

    Without biases and norms: for a map of zeros the outputs are exactly zero, as if there were no hint input.
    """

    def __init__(self, decoder_channels: Iterable[int]) -> None:
        super().__init__()
        inputs = (HINT_CHANNELS, *_WIDTHS[:-1])
        self.levels = nn.ModuleList(
            nn.Conv2d(before, width, 3, stride=1 if level == 0 else 2, padding=1, bias=False)
            for level, (before, width) in enumerate(zip(inputs, _WIDTHS, strict=True))
        )
        self.to_decoder = nn.ModuleList(
            nn.Conv2d(width, channels, 1, bias=False)
            for width, channels in zip(reversed(_WIDTHS), decoder_channels, strict=False)
        )
        for parameter in self.to_decoder.parameters():
            nn.init.zeros_(parameter)

    def forward(self, hints: Tensor) -> list[Tensor]:
        x, maps = hints, []
        for level in self.levels:
            x = torch.relu(level(x))
            maps.append(x)
        return [layer(level) for layer, level in zip(self.to_decoder, reversed(maps), strict=True)]
