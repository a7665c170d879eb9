"""Luma and a color grid become packed pixels, in strips that stay in the processor's cache.

Luma is kept exactly: red and blue are rounded first and green is computed from what is left of luma.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from worker.imaging.lab import Floats

# Pillow's convert("L") is (19595 R + 38470 G + 7471 B + 32768) >> 16.
RED_WEIGHT, GREEN_WEIGHT, BLUE_WEIGHT = 19595, 38470, 7471

STRIP_BLOCKS = 1 << 15

LEAKS = (8, 4, 20)
"""Code values of red, green and blue that a neighbor may lend to a pixel beyond what that pixel has room for.

Where a format keeps one color per 2 × 2 pixels, decoders blend it with those beside it, and what has no room is cut
off and missing from luma: the less so, the less the channel weighs.
"""

_Range: TypeAlias = tuple[NDArray[np.uint8], NDArray[np.uint8], tuple[int, int, int]]
"""The darkest and lightest luma that each block's color has to suit, and the leaks allowed beyond."""

_ONE_OF_EACH = np.uint32(0x010101)


def paint(luma: NDArray[np.uint8], grid: Floats, *, block: int) -> NDArray[np.uint32]:
    """[H', W'] pixels as little-endian R, G, B, 0, H' and W' being H and W rounded up to a multiple of `block`.

    One color per `block` × `block` pixels (1, or 2 for formats that halve chroma anyway), scaled towards gray as far
    as every pixel of the block needs to stay within 0..255.
    """
    luma = np.pad(luma, [(0, -side % block) for side in luma.shape], mode="edge") if block > 1 else luma
    height, width = luma.shape
    canvas = np.empty((height, width), "<u4")
    blend = _Blend(grid, height // block, width // block)
    ranges = [(luma, luma, (0, 0, 0))] if block == 1 else _ranges(luma)
    step = max(1, STRIP_BLOCKS // blend.columns)
    for start in range(0, blend.rows, step):
        stop = min(start + step, blend.rows)
        strip = slice(start * block, stop * block)
        here = [(darkest[start:stop], lightest[start:stop], leaks) for darkest, lightest, leaks in ranges]
        color = _packed(*_fitted(blend.models(start, stop), here))
        pixels = canvas[strip]
        pixels[...] = luma[strip]
        pixels *= _ONE_OF_EACH
        _add_blocks(pixels, color, block)
    return canvas


class _Blend:
    """The grid's models, bilinearly blended to one per block: widened once, heightened strip by strip."""

    def __init__(self, grid: Floats, rows: int, columns: int) -> None:
        self.rows, self.columns = rows, columns
        left, right, share = _positions(columns, grid.shape[2])
        wide = grid[:, :, left]
        wide += (grid[:, :, right] - wide) * share
        self._upper, _, self._share = _positions(rows, grid.shape[1])
        self._wide = wide
        self._step = np.zeros_like(wide)
        np.subtract(wide[:, 1:], wide[:, :-1], out=self._step[:, :-1])

    def models(self, start: int, stop: int) -> Floats:
        """[4, stop - start, columns] for those block rows."""
        models = np.empty((4, stop - start, self.columns), np.float32)
        first, last = self._upper[start], self._upper[stop - 1]
        cuts = np.searchsorted(self._upper[start:stop], np.arange(first, last + 2))
        for node, begin, end in zip(range(first, last + 1), cuts, cuts[1:], strict=False):
            share = self._share[start + begin : start + end, None]
            np.multiply(self._step[:, node, None], share, out=models[:, begin:end])
            models[:, begin:end] += self._wide[:, node, None]
        return models


def _positions(count: int, nodes: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    place = np.clip((np.arange(count) + 0.5) * (nodes / count) - 0.5, 0, nodes - 1)
    lower = np.minimum(place.astype(np.intp), max(nodes - 2, 0))
    return lower, np.minimum(lower + 1, nodes - 1), (place - lower).astype(np.float32)


def _ranges(luma: NDArray[np.uint8]) -> list[_Range]:
    """What the color of each 2 × 2 block has to suit: its own pixels, and nearly so those of the blocks beside it."""
    upper, lower = luma[0::2], luma[1::2]
    pairs = np.minimum(upper, lower).view("<u2")  # Neighbors in a row are the two bytes of one word.
    darkest = np.minimum(pairs >> 8, pairs & 255).astype(np.uint8)
    pairs = np.maximum(upper, lower).view("<u2")
    lightest = np.maximum(pairs >> 8, pairs & 255).astype(np.uint8)
    # The dark side is the light side of the negative.
    return [(darkest, lightest, (0, 0, 0)), (~_lightest_beside(~darkest), _lightest_beside(lightest), LEAKS)]


def _lightest_beside(lightest: NDArray[np.uint8]) -> NDArray[np.uint8]:
    beside = lightest.copy()
    np.maximum(beside[1:], lightest[:-1], out=beside[1:])
    np.maximum(beside[:-1], lightest[1:], out=beside[:-1])
    np.maximum(beside[:, 1:], lightest[:, :-1], out=beside[:, 1:])
    np.maximum(beside[:, :-1], lightest[:, 1:], out=beside[:, :-1])
    return beside


def _fitted(models: Floats, ranges: list[_Range]) -> tuple[NDArray[np.int32], ...]:
    """R - Y, G - Y and B - Y of each block, scaled to fit the ranges and rounded so that their luma is zero."""
    darkest, lightest, _ = ranges[0]
    middle = (darkest + lightest.astype(np.float32)) * np.float32(0.5)
    red, blue = models[0], models[2]
    red *= middle
    red += models[1]
    blue *= middle
    blue += models[3]
    green = red * np.float32(-RED_WEIGHT / GREEN_WEIGHT)
    green -= blue * np.float32(BLUE_WEIGHT / GREEN_WEIGHT)
    scale = np.ones_like(red)
    for offset, (below, above) in zip((red, green, blue), _rooms(ranges), strict=True):
        room = np.where(offset > 0, above, below).astype(np.float32)
        # Below one code value a color is gray once it is rounded.
        room /= np.maximum(np.abs(offset), np.float32(1))
        np.minimum(scale, room, out=scale)
    red *= scale
    blue *= scale
    whole_red, whole_blue = np.rint(red).astype(np.int32), np.rint(blue).astype(np.int32)
    whole_green = whole_red * -RED_WEIGHT
    whole_green -= whole_blue * BLUE_WEIGHT
    whole_green += GREEN_WEIGHT // 2
    whole_green //= GREEN_WEIGHT
    # Rounded red and blue can ask of green one code more than there is room for: luma is then off by one.
    darkest, lightest, _ = ranges[0]
    np.minimum(whole_green, ~lightest, out=whole_green)
    np.maximum(whole_green, -darkest.astype(np.int32), out=whole_green)
    return whole_red, whole_green, whole_blue


def _rooms(ranges: list[_Range]) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """How far red, green and blue may each go below and above luma."""
    darkest, lightest, _ = ranges[0]
    rooms = [(darkest, ~lightest)] * 3
    for darkest, lightest, leaks in ranges[1:]:
        for channel, (below, above) in enumerate(rooms):
            leak = np.uint8(leaks[channel])
            # Leaks are added to what is no more than 255 less the leak: bytes do not overflow.
            rooms[channel] = (
                np.minimum(below, np.minimum(darkest, ~leak) + leak),
                np.minimum(above, np.minimum(~lightest, ~leak) + leak),
            )
    return rooms


def _packed(red: NDArray[np.int32], green: NDArray[np.int32], blue: NDArray[np.int32]) -> NDArray[np.uint32]:
    """One word per block. Adding it to a gray pixel's word adds each offset to its byte: no sum leaves 0..255, so
    what a negative offset borrows from the byte above is given back."""
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
