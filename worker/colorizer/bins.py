"""The quantized ab plane of Zhang, Isola & Efros, "Colorful Image Colorization" (2016): the bins, the soft
encoding of a color, and the annealed mean, which turns a distribution back into a color.
"""

import copy
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from worker.colorizer.color import AB_LIMIT, linear_rgb_from_lab

NEIGHBORS = 5
SOFT_SIGMA = 5.0


@lru_cache(maxsize=4)
def ab_bins(grid: int) -> NDArray[np.float32]:
    """[Q, 2] centers of the squares of side `grid` whose center is in the sRGB gamut at some lightness."""
    axis = np.arange(-AB_LIMIT, AB_LIMIT + 1, grid, dtype=np.float32)
    lightness = np.arange(1, 100, 1, dtype=np.float32)
    a, b, light = np.meshgrid(axis, axis, lightness, indexing="ij")
    linear = linear_rgb_from_lab(np.stack([light, a, b], axis=-1))
    in_gamut = ((linear >= -1e-4) & (linear <= 1 + 1e-4)).all(axis=-1).any(axis=-1)
    rows, columns = np.nonzero(in_gamut)
    return np.stack([axis[rows], axis[columns]], axis=-1)


class SoftEncoding:
    """Each color as weights over its nearest bins (Gaussian, sigma 5), from a table with a step of one Lab unit."""

    def __init__(self, bins: NDArray[np.float32]) -> None:
        limit = int(AB_LIMIT)
        axis = np.arange(-limit, limit + 1, dtype=np.float32)
        colors = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
        distance = ((colors[:, None] - bins[None]) ** 2).sum(-1)
        nearest = np.argsort(distance, axis=1, kind="stable")[:, :NEIGHBORS]
        squared = np.take_along_axis(distance, nearest, axis=1)
        # Relative to the nearest bin, so that the weights of a color outside the gamut do not underflow to 0 / 0.
        weights = np.exp((squared[:, :1] - squared) / (2 * SOFT_SIGMA**2))
        self.index = torch.from_numpy(nearest.astype(np.int64))
        self.weight = torch.from_numpy((weights / weights.sum(1, keepdims=True)).astype(np.float32))
        self._side = 2 * limit + 1

    def to(self, device: torch.device) -> "SoftEncoding":
        moved = copy.copy(self)
        moved.index, moved.weight = self.index.to(device), self.weight.to(device)
        return moved

    def __call__(self, ab: Tensor) -> tuple[Tensor, Tensor]:
        """[N, 2, h, w] in Lab units to (bin indices, weights), both [N, 5, h, w]. The weights sum to 1."""
        cell = (ab.clamp(-AB_LIMIT, AB_LIMIT) + AB_LIMIT).round().long()
        flat = cell[:, 0] * self._side + cell[:, 1]
        return self.index[flat].permute(0, 3, 1, 2), self.weight[flat].permute(0, 3, 1, 2)


@lru_cache
def soft_encoding(grid: int) -> SoftEncoding:
    """Of the bins of this grid; made once, because it takes half a second."""
    return SoftEncoding(ab_bins(grid))


def annealed_mean(logits: Tensor, bins: Tensor, temperature: float) -> Tensor:
    """[N, Q, h, w] logits to the [N, 2, h, w] mean of softmax(logits / temperature).

    1 gives the plain mean (dull where colors are uncertain); towards 0 it approaches the mode (vivid, patchy).
    """
    probability = torch.softmax(logits / temperature, dim=1)
    return torch.einsum("nqhw,qc->nchw", probability, bins)
