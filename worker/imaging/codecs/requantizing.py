"""Predicts what luma loses to JPEG quantization, by coding only the blocks that can lose something."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SAMPLED_BLOCKS = 1 << 15
"""The most 8 × 8 blocks that are coded. If more are at risk, a sample of this size is."""

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint64]
"""[block rows, 8, block columns]: each row of a block is one word."""

_BLOCK, _BLOCKS_PER_ROW = 8, 64


def share_beyond(luma: Bytes, table: list[int], codes: int, *, lies_on_steps: bool) -> float:
    """The share of pixels, 0..1, that differ by more than `codes` in a JPEG of Y = luma with this luma table.

    `lies_on_steps`: luma was decoded from a JPEG with this very table. Then a block without black or white comes back
    within one code, because rounding its pixels moved its coefficients by less than half a step, or by too little to
    show. Only blocks whose pixels the decoder clipped, at an end of the scale or at the edge of the picture, may not be
    reproduced. JPEG codes each block by itself, so it is enough to run the codec on those.

    Exact for up to `SAMPLED_BLOCKS` such blocks, else an estimate from a sample of that size, the same every time.
    """
    blocks = _blocks(luma)
    at_risk = np.flatnonzero(_clipped(blocks, luma.shape)) if lies_on_steps else np.arange(blocks.size // _BLOCK)
    if not len(at_risk):
        return 0.0
    sample = at_risk
    if len(at_risk) > SAMPLED_BLOCKS:
        sample = at_risk[np.sort(np.random.default_rng(0).integers(len(at_risk), size=SAMPLED_BLOCKS))]
    rows, columns = np.divmod(sample, blocks.shape[2])
    before = blocks[rows, :, columns].view(np.uint8).reshape(-1, _BLOCK, _BLOCK)
    after = _through_jpeg(before, table)
    beyond = np.maximum(before, after) - np.minimum(before, after) > codes
    beyond &= (_within(rows, luma.shape[0])[:, :, None]) & (_within(columns, luma.shape[1])[:, None, :])
    return int(np.count_nonzero(beyond)) * (len(at_risk) / len(sample)) / luma.size


def _blocks(luma: Bytes) -> Words:
    """The plane as blocks, its last column and row repeated up to a whole block, as JPEG encoders do."""
    padding = [(0, -side % _BLOCK) for side in luma.shape]
    whole = np.pad(luma, padding, mode="edge") if any(after for _, after in padding) else np.ascontiguousarray(luma)
    return whole.view(np.uint64).reshape(len(whole) // _BLOCK, _BLOCK, -1)


def _clipped(blocks: Words, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """[block rows, block columns]: whether a block contains a 0 or a 255, or reaches beyond the picture."""
    pixels = blocks.view(np.uint8)
    at_an_end = (pixels.min(axis=1) == 0) | (pixels.max(axis=1) == 255)
    clipped: NDArray[np.bool_] = at_an_end.view(np.uint64) != 0
    clipped[shape[0] // _BLOCK :] = True
    clipped[:, shape[1] // _BLOCK :] = True
    return clipped


def _within(positions: NDArray[np.intp], side: int) -> NDArray[np.bool_]:
    """[blocks, 8]: which pixels lie within the picture, for blocks at those positions along a side."""
    within: NDArray[np.bool_] = positions[:, None] * _BLOCK + np.arange(_BLOCK) < side
    return within


def _through_jpeg(blocks: Bytes, table: list[int]) -> Bytes:
    """[blocks, 8, 8], encoded side by side in one JPEG and decoded again."""
    # The last row is filled with mid-gray, which every table reproduces.
    filled = np.full((-(-len(blocks) // _BLOCKS_PER_ROW), _BLOCKS_PER_ROW, _BLOCK, _BLOCK), 128, np.uint8)
    filled.reshape(-1, _BLOCK, _BLOCK)[: len(blocks)] = blocks
    plane = filled.transpose(0, 2, 1, 3).reshape(-1, _BLOCKS_PER_ROW * _BLOCK)
    with io.BytesIO() as written:
        Image.fromarray(plane).save(written, "JPEG", qtables=[table])
        with Image.open(written, formats=["JPEG"]) as read:
            side_by_side = np.asarray(read).reshape(-1, _BLOCK, _BLOCKS_PER_ROW, _BLOCK)
    return side_by_side.transpose(0, 2, 1, 3).reshape(-1, _BLOCK, _BLOCK)[: len(blocks)]
