"""Evaluates a color grid at every pixel of the luma plane, in strips that fit the processor's cache.

Luma is kept exactly: red and blue are rounded first, and green is computed from the rest of luma.
"""

from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from worker.imaging.lab import Floats

# Pillow's convert("L") is (19595 R + 38470 G + 7471 B + 32768) >> 16.
RED_WEIGHT, GREEN_WEIGHT, BLUE_WEIGHT = 19595, 38470, 7471

STRIP_BLOCKS = 1 << 16

LEAKS = (4, 2, 10)
"""How many codes of red, green and blue a neighboring block may push a pixel beyond 0..255.

If a format stores one color per 2 × 2 pixels, decoders blend it with the colors beside it. What leaves 0..255 is
clipped and missing from luma, by the weight of the channel. Each of these costs one code of the two allowed; the error
of JPEG quantization comes on top.
"""

_Range: TypeAlias = tuple[NDArray[np.uint8], NDArray[np.uint8], tuple[int, int, int]]
"""The darkest and lightest luma that each block's color has to fit, and the leaks allowed beyond."""

_TINY = np.float32(1e-3)
"""Added to sizes that are divided by."""

_GRAY_STEP = np.uint32(0x010101)  # A luma code times this is a gray pixel.


def paint(luma: NDArray[np.uint8], grid: Floats, *, block: int) -> NDArray[np.uint32]:
    """[H', W'] pixels as little-endian R, G, B, 0. H' and W' are H and W rounded up to a multiple of `block`.

    One color per `block` × `block` pixels (1, or 2 for formats with subsampled chroma), scaled towards gray as far as
    needed for every pixel of the block to stay within 0..255.
    """
    padding = [(0, -side % block) for side in luma.shape]
    if any(after for _, after in padding):  # Padding by nothing would copy the whole plane.
        luma = np.pad(luma, padding, mode="edge")
    height, width = luma.shape
    canvas = np.empty((height, width), "<u4")
    step = max(1, STRIP_BLOCKS // (width // block))
    blend = _Blend(grid, height // block, width // block, step)
    ranges = [(luma, luma, (0, 0, 0))] if block == 1 else _ranges(luma)
    for start in range(0, blend.rows, step):
        stop = min(start + step, blend.rows)
        strip = slice(start * block, stop * block)
        strip_ranges = [(darkest[start:stop], lightest[start:stop], leaks) for darkest, lightest, leaks in ranges]
        color = _packed(*_fitted(blend.models(start, stop), strip_ranges))
        pixels = canvas[strip]
        pixels[...] = luma[strip]
        pixels *= _GRAY_STEP
        _add_blocks(pixels, color, block)
    return canvas


class _Blend:
    """The grid's models, bilinearly interpolated to one per block, strip by strip."""

    def __init__(self, grid: Floats, rows: int, columns: int, most_rows: int) -> None:
        self.rows, self.columns = rows, columns
        self._left, self._right, self._column_share = _positions(columns, grid.shape[2])
        self._upper, self._lower, self._row_share = _positions(rows, grid.shape[1])
        self._grid = grid.transpose(1, 0, 2)
        self._rows = dict[int, Floats]()
        # One buffer for all strips: allocating costs more than the computation.
        self._models = np.empty((most_rows, 4, columns), np.float32)

    def models(self, start: int, stop: int) -> Floats:
        """[stop - start, 4, columns] for those block rows. The next call overwrites it."""
        models = self._models[: stop - start]
        upper, lower = self._upper[start:stop], self._lower[start:stop]
        share = self._row_share[start:stop, None, None]
        cuts = [0, *np.flatnonzero(np.diff(upper)) + 1, stop - start]
        for begin, end in pairwise(cuts):
            above, below = self._row(int(upper[begin])), self._row(int(lower[begin]))
            np.multiply(below - above, share[begin:end], out=models[begin:end])
            models[begin:end] += above
        return models

    def _row(self, number: int) -> Floats:
        """[4, columns]: a row of the grid. Only this one and the one before are kept: all would leave the cache."""
        if number not in self._rows:
            # `take` and not indexing, which would leave neighboring columns far apart in memory.
            left, right = (self._grid[number].take(side, axis=1) for side in (self._left, self._right))
            left += (right - left) * self._column_share
            self._rows = {near: row for near, row in self._rows.items() if near == number - 1} | {number: left}
        return self._rows[number]


def _positions(count: int, nodes: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    position = np.clip((np.arange(count) + 0.5) * (nodes / count) - 0.5, 0, nodes - 1)
    lower = np.minimum(position.astype(np.intp), max(nodes - 2, 0))
    return lower, np.minimum(lower + 1, nodes - 1), (position - lower).astype(np.float32)


def _ranges(luma: NDArray[np.uint8]) -> list[_Range]:
    """What the color of each 2 × 2 block has to fit: its own pixels and, up to `LEAKS`, those of its neighbors."""
    upper, lower = luma[0::2], luma[1::2]
    pairs = np.minimum(upper, lower).view("<u2")  # Neighbors in a row are the two bytes of a word.
    darkest = np.minimum(pairs >> 8, pairs & 255).astype(np.uint8)
    pairs = np.maximum(upper, lower).view("<u2")
    lightest = np.maximum(pairs >> 8, pairs & 255).astype(np.uint8)
    # The darkest is the lightest of the negative.
    return [(darkest, lightest, (0, 0, 0)), (~_lightest_nearby(~darkest), _lightest_nearby(lightest), LEAKS)]


def _lightest_nearby(lightest: NDArray[np.uint8]) -> NDArray[np.uint8]:
    result = lightest.copy()
    np.maximum(result[1:], lightest[:-1], out=result[1:])
    np.maximum(result[:-1], lightest[1:], out=result[:-1])
    np.maximum(result[:, 1:], lightest[:, :-1], out=result[:, 1:])
    np.maximum(result[:, :-1], lightest[:, 1:], out=result[:, :-1])
    return result


def _fitted(models: Floats, ranges: list[_Range]) -> tuple[NDArray[np.int32], ...]:
    """R - Y, G - Y and B - Y of each block, scaled to fit the ranges and rounded so that their luma is zero."""
    darkest, lightest, _ = ranges[0]
    middle = darkest.astype(np.float32)
    middle += lightest
    middle *= np.float32(0.5)
    red, blue = models[:, 0] * middle, models[:, 2] * middle
    red += models[:, 1]
    blue += models[:, 3]
    green = red * np.float32(-RED_WEIGHT / GREEN_WEIGHT)
    green -= blue * np.float32(BLUE_WEIGHT / GREEN_WEIGHT)
    offsets = (red, green, blue)
    scale = _common_scale(offsets, darkest, ~lightest) if len(ranges) == 1 else _scale(offsets, _headroom(ranges))
    red *= scale
    blue *= scale
    whole_red, whole_blue = np.rint(red).astype(np.int32), np.rint(blue).astype(np.int32)
    whole_green = whole_red * -RED_WEIGHT
    whole_green -= whole_blue * BLUE_WEIGHT
    whole_green += GREEN_WEIGHT // 2
    whole_green //= GREEN_WEIGHT
    # Green keeps its headroom as well: rounding red and blue shifts it by at most 0.36 codes, which rounds away.
    return whole_red, whole_green, whole_blue


def _scale(offsets: tuple[Floats, ...], headroom: list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]) -> Floats:
    """How much of its color each block has room for, at most 1."""
    scale = np.ones_like(offsets[0])
    for offset, (below, above) in zip(offsets, headroom, strict=True):
        room = _chosen(offset > 0, above, below).astype(np.float32)
        size = np.abs(offset)
        size += _TINY
        room /= size
        np.minimum(scale, room, out=scale)
    return scale


def _common_scale(offsets: tuple[Floats, ...], below: NDArray[np.uint8], above: NDArray[np.uint8]) -> Floats:
    """`_scale` for one headroom in all channels, where the largest and the smallest offset alone decide."""
    red, green, blue = offsets
    largest = np.maximum(red, blue)
    np.maximum(largest, green, out=largest)
    largest += _TINY
    smallest = np.minimum(red, blue)
    np.minimum(smallest, green, out=smallest)
    scale = below / np.subtract(_TINY, smallest, out=smallest)
    np.minimum(scale, np.divide(above, largest, out=largest), out=scale)
    return np.minimum(scale, np.float32(1), out=scale)


def _headroom(ranges: list[_Range]) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """How far red, green and blue may each go below and above luma."""
    darkest, lightest, _ = ranges[0]
    within = (darkest, ~lightest)
    headroom = [within] * 3
    for darkest, lightest, leaks in ranges[1:]:
        lacking = (within[0] - darkest, within[1] - ~lightest)
        headroom = [(_leaking(within[0], lacking[0], leak), _leaking(within[1], lacking[1], leak)) for leak in leaks]
    return headroom


def _leaking(within: NDArray[np.uint8], lacking: NDArray[np.uint8], leak: int) -> NDArray[np.uint8]:
    """The smaller of the block's headroom and its neighbors' (less by `lacking`) plus the leak."""
    # For numpy the minimum of two arrays is ten times as fast as that of an array and a number.
    headroom = np.minimum(lacking, np.full_like(lacking, leak))
    headroom += within
    headroom -= lacking
    return headroom


def _chosen(
    mask: NDArray[np.bool_], where_true: NDArray[np.uint8], where_false: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """`np.where` for bytes, without branches."""
    chosen = where_true ^ where_false
    chosen &= -mask.view(np.uint8)
    chosen ^= where_false
    return chosen


def _packed(red: NDArray[np.int32], green: NDArray[np.int32], blue: NDArray[np.int32]) -> NDArray[np.uint32]:
    """One word per block. Adding it to the word of a gray pixel adds each offset to its byte: no sum leaves 0..255, so
    what a negative offset borrows from the byte above is returned."""
    word = blue << 8
    word += green
    word <<= 8
    word += red
    return word.view("<u4")


def _add_blocks(pixels: NDArray[np.uint32], color: NDArray[np.uint32], block: int) -> None:
    if block == 1:
        pixels += color
        return
    pairs = color.astype("<u8")
    pairs *= np.uint64(0x1_0000_0001)
    rows = pixels.reshape(len(color), 2, -1)
    rows += pairs.view("<u4")[:, None]
