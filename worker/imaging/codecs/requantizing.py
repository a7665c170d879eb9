"""What luma loses to the steps of a JPEG, foretold on the blocks that can lose something: nothing is read back."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LOOKED_AT = 1 << 15
"""The most 8 × 8 blocks that are tried. Of more, so many are drawn."""

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]
"""[block rows, 8, block columns]: a row of a block is one word."""

_BLOCK, _BLOCKS_PER_ROW = 8, 64


def share_beyond(luma: Bytes, table: list[int], codes: int, *, lies_on_steps: bool) -> float:
    """The share of pixels, 0..1, that a JPEG of Y = luma with that luma table would give back off by more than `codes`.

    `lies_on_steps`: luma is what a JPEG with this very table was decoded to. Then a block that holds neither black nor
    white comes back within one code, for rounding its pixels moved its coefficients by less than half a step, or by so
    little that it does not show. Only where the decoder cut pixels off, at an end of the scale or at the edge of the
    picture, can the steps fail to say again what is left. Blocks are coded one by one, so it is enough to try those,
    and the codec itself does it.

    Exact up to `LOOKED_AT` such blocks, else an estimate from as many drawn of them, the same ones each time.
    """
    blocks = _blocks(luma)
    at_risk = np.flatnonzero(_cut_off(blocks, luma.shape)) if lies_on_steps else np.arange(blocks.size // _BLOCK)
    if not len(at_risk):
        return 0.0
    tried = at_risk
    if len(at_risk) > LOOKED_AT:
        tried = at_risk[np.sort(np.random.default_rng(0).integers(len(at_risk), size=LOOKED_AT))]
    rows, columns = np.divmod(tried, blocks.shape[2])
    before = blocks[rows, :, columns].view(np.uint8).reshape(-1, _BLOCK, _BLOCK)
    after = _through_jpeg(before, table)
    beyond = np.maximum(before, after) - np.minimum(before, after) > codes
    beyond &= (_within(rows, luma.shape[0])[:, :, None]) & (_within(columns, luma.shape[1])[:, None, :])
    return int(np.count_nonzero(beyond)) * (len(at_risk) / len(tried)) / luma.size


def _blocks(luma: Bytes) -> Words:
    """Of the plane, its last column and row repeated up to a whole block, as a JPEG's writer does."""
    missing = [(0, -side % _BLOCK) for side in luma.shape]
    whole = np.pad(luma, missing, mode="edge") if any(lack for _, lack in missing) else np.ascontiguousarray(luma)
    return whole.view(np.uint64).reshape(len(whole) // _BLOCK, _BLOCK, -1)


def _cut_off(blocks: Words, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """[block rows, block columns]: whether a block holds a 0 or a 255, or reaches beyond the picture."""
    pixels = blocks.view(np.uint8)
    at_an_end = (pixels.min(axis=1) == 0) | (pixels.max(axis=1) == 255)
    found: NDArray[np.bool_] = at_an_end.view(np.uint64) != 0
    found[shape[0] // _BLOCK :] = True
    found[:, shape[1] // _BLOCK :] = True
    return found


def _within(places: NDArray[np.intp], side: int) -> NDArray[np.bool_]:
    """[blocks, 8]: which pixels of the blocks at those places along a side are the picture's."""
    within: NDArray[np.bool_] = places[:, None] * _BLOCK + np.arange(_BLOCK) < side
    return within


def _through_jpeg(blocks: Bytes, table: list[int]) -> Bytes:
    """[blocks, 8, 8], written side by side and read again."""
    # The last row is filled up with mid-gray, which every table keeps.
    filled = np.full((-(-len(blocks) // _BLOCKS_PER_ROW), _BLOCKS_PER_ROW, _BLOCK, _BLOCK), 128, np.uint8)
    filled.reshape(-1, _BLOCK, _BLOCK)[: len(blocks)] = blocks
    plane = filled.transpose(0, 2, 1, 3).reshape(-1, _BLOCKS_PER_ROW * _BLOCK)
    with io.BytesIO() as written:
        Image.fromarray(plane).save(written, "JPEG", qtables=[table])
        with Image.open(written, formats=["JPEG"]) as read:
            side_by_side = np.asarray(read).reshape(-1, _BLOCK, _BLOCKS_PER_ROW, _BLOCK)
    return side_by_side.transpose(0, 2, 1, 3).reshape(-1, _BLOCK, _BLOCK)[: len(blocks)]
