"""From the network's small chroma to a grid of local color models that follow the edges of the scan.

A color model gives R - Y and B - Y of its neighborhood as linear functions of luma. `paint` blends the models and
evaluates them at each pixel, so the edges at full resolution come from the scan. The cost is four small planes.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worker.imaging.lab import LIGHTNESS, Floats, offsets_from_luma

GRID_PER_CHROMA = 4
GRID_PIXELS = 1 << 18
"""The number of nodes per chroma sample along a side, and the most nodes in all."""

SPACE_SIGMA, RANGE_SIGMA = 0.8, 20.0
"""The widths of the joint bilateral filter: in chroma samples and in luma codes."""

AB_LIMIT = 128.0
"""No sRGB color has an a or b beyond this."""

BACK_PROJECTIONS = 2
SLOPE_REGULARIZER = 1000.0
"""Luma variance (codes²) in 3 × 3 nodes at which a slope is halved, so that grain and paper do not show as color."""

_RANGE_WEIGHTS = np.exp(-(np.arange(256, dtype=np.float64) ** 2) / (2 * RANGE_SIGMA**2)).astype(np.float32)


def color_grid(luma: NDArray[np.uint8], chroma: Floats) -> Floats:
    """[4, gh, gw]: slope and offset of R - Y, slope and offset of B - Y, all in code values.

    `luma` is [H, W]; `chroma` is [2, h, w], Lab a and b of the same area in the same orientation.
    """
    rows, columns = (min(sides) for sides in zip(luma.shape, chroma.shape[1:], strict=True))
    chroma = np.stack([_resized(plane, (rows, columns)) for plane in np.clip(chroma, -AB_LIMIT, AB_LIMIT)])
    guide = _guide(luma, rows, columns)
    a, b = _upsampled(chroma, guide)
    red, blue = offsets_from_luma(LIGHTNESS[guide], a, b)
    return np.stack([*_local_models(guide.astype(np.float32), red), *_local_models(guide.astype(np.float32), blue)])


def _guide(luma: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.uint8]:
    per_sample = int(min(GRID_PER_CHROMA, max(1, (GRID_PIXELS / (rows * columns)) ** 0.5)))
    size = (min(luma.shape[1], columns * per_sample), min(luma.shape[0], rows * per_sample))
    plane = Image.fromarray(luma).resize(size, Image.Resampling.BOX, reducing_gap=2.0)
    return np.asarray(plane)


def _upsampled(chroma: Floats, guide: NDArray[np.uint8]) -> Floats:
    """Joint bilateral upsampling (Kopf et al. 2007), then back-projection (Irani & Peleg 1991).

    The first keeps colors from crossing edges of the guide, but blurs them. The second corrects the result until its
    average over each sample is the sample again.
    """
    rows, columns = chroma.shape[1:]
    fine = _joint_bilateral(chroma, _resized(guide.astype(np.float32), (rows, columns)), guide)
    for _ in range(BACK_PROJECTIONS):
        for plane, samples in zip(fine, chroma, strict=True):
            missing = samples - _resized(plane, (rows, columns))
            plane += _resized(missing, (guide.shape[0], guide.shape[1]), Image.Resampling.BICUBIC)
    return fine


def _joint_bilateral(chroma: Floats, coarse_guide: Floats, guide: NDArray[np.uint8]) -> Floats:
    """Each node is the mean of its 3 × 3 nearest samples, weighted by distance and by similarity of luma."""
    coarse = np.rint(coarse_guide).astype(np.int16)
    fine = guide.astype(np.int16)
    row_taps, column_taps = _taps(fine.shape[0], coarse.shape[0]), _taps(fine.shape[1], coarse.shape[1])
    total = np.zeros((chroma.shape[0], *fine.shape), np.float32)
    weights = np.zeros(fine.shape, np.float32)
    for rows, row_weights in row_taps:
        for columns, column_weights in column_taps:
            difference = np.abs(coarse[rows].take(columns, axis=1) - fine)
            near = row_weights[:, None] * column_weights
            # The small constant gives a node unlike all its neighbors their plain mean.
            weight = near * (_RANGE_WEIGHTS[difference] + np.float32(1e-6))
            weights += weight
            total += weight * chroma[:, rows].take(columns, axis=2)
    total /= weights
    return total


def _taps(nodes: int, samples: int) -> list[tuple[NDArray[np.intp], Floats]]:
    center = (np.arange(nodes) + 0.5) * (samples / nodes) - 0.5
    nearest = np.rint(center).astype(np.intp)
    return [
        (
            np.clip(nearest + step, 0, samples - 1),
            np.exp(-((nearest + step - center) ** 2) / (2 * SPACE_SIGMA**2)).astype(np.float32),
        )
        for step in (-1, 0, 1)
    ]


def _local_models(guide: Floats, offset: Floats) -> tuple[Floats, Floats]:
    """Slope by least squares in 3 × 3 nodes, regularized as in the guided filter (He et al. 2013).

    At a node's luma the model gives exactly the node's color, so flat areas keep their color.
    """
    guide_mean, offset_mean = _mean3(guide), _mean3(offset)
    covariance = _mean3(guide * offset) - guide_mean * offset_mean
    variance = _mean3(guide * guide) - guide_mean * guide_mean
    variance += np.float32(SLOPE_REGULARIZER)
    slope = np.asarray(np.clip(covariance / variance, -1, 1), np.float32)
    return slope, offset - slope * guide


def _mean3(plane: Floats) -> Floats:
    padded = np.pad(plane, 1, mode="edge")
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    mean: Floats = (rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) * np.float32(1 / 9)
    return mean


def _resized(plane: Floats, shape: tuple[int, int], filter: Image.Resampling = Image.Resampling.BOX) -> Floats:
    return np.array(Image.fromarray(plane).resize((shape[1], shape[0]), filter))
