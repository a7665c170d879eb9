"""YCbCr outside JPEG, converted exactly as libtiff does: fixed-point tables, chroma repeated within its block."""

import numpy as np
from numpy.typing import NDArray

from worker.imaging.tiff.tags import Tag
from worker.imaging.tiff.tree import Node

_CCIR_601 = (0.299, 0.587, 0.114)
FULL_RANGE = (0.0, 255.0, 128.0, 255.0, 128.0, 255.0)
_SHIFT = 16
_BLOCKS_AT_ONCE = 1 << 18
_HALF = 1 << (_SHIFT - 1)


def rgb_of(
    grid: NDArray[np.uint8], node: Node, size: tuple[int, int], subsampling: tuple[int, int]
) -> NDArray[np.uint8]:
    """[height, width, 3] from blocks [rows, columns, samples]: those of luma, then two of chroma."""
    (width, height), (across, down) = size, subsampling
    rows, columns = grid.shape[:2]
    out = np.empty((rows * down, columns * across, 3), np.uint8)
    tables = _tables(node)
    step = max(1, _BLOCKS_AT_ONCE // columns)
    for top in range(0, rows, step):
        strip = grid[top : top + step]
        out[top * down : (top + step) * down] = _converted(_planes(strip, across, down), tables)
    return out[:height, :width]


def _planes(blocks: NDArray[np.uint8], across: int, down: int) -> tuple[NDArray[np.uint8], ...]:
    """Luma, blue and red, all of the same size."""
    rows, columns = blocks.shape[:2]
    luma = blocks[..., :-2].reshape(rows, columns, down, across).swapaxes(1, 2).reshape(rows * down, columns * across)
    blue, red = (blocks[..., index].repeat(down, 0).repeat(across, 1) for index in (-2, -1))
    return luma, blue, red


def _converted(planes: tuple[NDArray[np.uint8], ...], tables: tuple[NDArray[np.int32], ...]) -> NDArray[np.uint8]:
    luma, blue, red = planes
    y, cr_r, cb_b, cr_g, cb_g = tables
    light = y[luma]
    colors = [light + cr_r[red], light + ((cb_g[blue] + cr_g[red]) >> _SHIFT), light + cb_b[blue]]
    return np.stack(colors, axis=-1).clip(0, 255).astype(np.uint8)


def reference_of(node: Node) -> tuple[float, ...]:
    """The codes of black and white for luma and both chroma samples."""
    reference = node.reals(Tag.REFERENCE_BLACK_WHITE)
    return reference if len(reference) == len(FULL_RANGE) else FULL_RANGE


def _coefficients(node: Node) -> tuple[float, ...]:
    coefficients = node.reals(Tag.YCBCR_COEFFICIENTS)
    return coefficients if len(coefficients) == len(_CCIR_601) and all(coefficients) else _CCIR_601


def _tables(node: Node) -> tuple[NDArray[np.int32], ...]:
    red, green, blue = _coefficients(node)
    reference = reference_of(node)
    codes = np.arange(256)
    by_red, by_blue = 2 - 2 * red, 2 - 2 * blue
    y = _scaled(codes, reference[0], reference[1], 255)
    cb = _scaled(codes - 128, reference[2] - 128, reference[3] - 128, 127)
    cr = _scaled(codes - 128, reference[4] - 128, reference[5] - 128, 127)
    return (
        y,
        (_fixed(by_red) * cr + _HALF) >> _SHIFT,
        (_fixed(by_blue) * cb + _HALF) >> _SHIFT,
        -_fixed(red * by_red / green) * cr,
        -_fixed(blue * by_blue / green) * cb + _HALF,
    )


def _scaled(codes: NDArray[np.int64], black: float, white: float, scale: int) -> NDArray[np.int32]:
    values = (codes - int(black)) * float(scale) / ((int(white) - int(black)) or 1)
    return np.clip(values, -128 * 32, 128 * 32).astype(np.int32)


def _fixed(value: float) -> int:
    return int(min(max(value, 0.0), 2.0) * (1 << _SHIFT) + 0.5)
