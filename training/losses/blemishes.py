"""Losses on what spoils a vivid picture and hardly changes its distance to the truth: violet patches, and blotches."""

from math import cos, radians, sin

import torch
from torch import Tensor
from torch.nn import functional

from worker.colorizer.network import AB_SCALE, OUTPUT_STRIDE

# Wider by five units than what the score counts as violet (`training.scores.metrics`): a loss ends where it is 0.
_HUES, _CHROMA, _MARGIN = (280, 350), 15, 5.0
_EDGE = 4.0  # A step of lightness over which the chroma may change, in Lab units between neighbors.


def violet(ab: Tensor, truth: Tensor) -> Tensor:
    """How far [N, 2, h, w] ab lie among the violets where the truth does not, averaged, in units of `AB_SCALE`.

    Violet is what an average of red and blue gives: a mean over a distribution makes it of cloth that is either.
    """
    excess = functional.relu(_depth(ab.float()) + _MARGIN) * (_depth(truth) < -_MARGIN)
    return excess.mean() / AB_SCALE


def _depth(ab: Tensor) -> Tensor:
    """[N, h, w] distances to the nearest border of the violets, in Lab units; negative outside."""
    a, b = ab.unbind(1)
    low, high = (radians(hue) for hue in _HUES)
    above, below = b * cos(low) - a * sin(low), a * sin(high) - b * cos(high)
    chroma = (ab.square().sum(1) + 1e-6).sqrt()  # The root's slope is infinite at 0.
    return torch.stack([above, below, chroma - _CHROMA]).amin(0)


def blotches(lightness: Tensor, ab: Tensor, truth: Tensor) -> Tensor:
    """How much more [N, 2, h, w] ab change between neighbors than the truth's, averaged, in units of `AB_SCALE`.

    Changes count the less the more the [N, 1, H, W] lightness changes there: chroma may change from one thing to the
    next, after the edge-aware smoothness of Godard et al., "Unsupervised Monocular Depth Estimation" (2017).
    """
    reduced = functional.avg_pool2d(lightness, OUTPUT_STRIDE)
    parts = []
    for dimension in (2, 3):
        flat = torch.exp(-reduced.diff(dim=dimension).abs() / _EDGE)
        excess = _change(ab.float(), dimension) - _change(truth, dimension)
        parts.append((functional.relu(excess) * flat).mean())
    return torch.stack(parts).mean() / AB_SCALE


def _change(ab: Tensor, dimension: int) -> Tensor:
    """[N, 1, …] distances between neighbors in this dimension, in Lab units."""
    return (ab.diff(dim=dimension).square().sum(1, keepdim=True) + 1e-6).sqrt()
