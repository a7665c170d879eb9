"""Reads PNGs that Pillow refuses or reads too trustingly: with damaged ancillary chunks, or with missing rows."""

import io
import zlib

import numpy as np
from PIL import Image

from worker.imaging.codecs.reader import Reader, refuse_animation
from worker.imaging.errors import PictureError
from worker.imaging.facts import Buffer
from worker.imaging.notes import DAMAGED_METADATA
from worker.imaging.png_chunks import chunks_of, without_unusable

_DEPTH_AT, _COLOR_TYPE_AT, _INTERLACED_AT = 24, 25, 28
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Of Adam7: the first column and row, and the steps between columns and rows."""

_STEP_BYTES = 1 << 20


def opened(source: Buffer) -> Image.Image:
    """The PNG without damaged ancillary chunks. A transparent gray is scaled as Pillow scales the pixels."""
    image = Image.open(io.BytesIO(without_unusable(source)), formats=["PNG"])
    transparent = image.info.get("transparency")
    if image.mode == "L" and isinstance(transparent, int):
        most = (1 << source[_DEPTH_AT]) - 1
        image.info["transparency"] = (transparent & most) * 255 // most
    return image


def check_pixels(image: Image.Image, source: Buffer) -> None:
    """Raise PictureError if the compressed data ends before the last row: Pillow fills the rest with zeros.

    Only a picture with zeros in its last rows is decompressed again.
    """
    last_rows = np.asarray(image.crop((0, max(0, image.height - 2), image.width, image.height)))
    has_zeros = not last_rows.reshape(len(last_rows), -1).any(axis=1).all()
    if has_zeros and _has_less_than(source, _row_bytes(source, image)):
        raise PictureError("corrupt_image", "The PNG is truncated: some of its pixels are missing.")


def _row_bytes(source: Buffer, image: Image.Image) -> int:
    """The size of all rows, each with the byte that names its filter."""
    bits = source[_DEPTH_AT] * _SAMPLES[source[_COLOR_TYPE_AT]]
    passes = _PASSES if source[_INTERLACED_AT] else ((0, 0, 1, 1),)
    total = 0
    for first_column, first_row, columns_step, rows_step in passes:
        columns = -(-max(0, image.width - first_column) // columns_step)
        rows = -(-max(0, image.height - first_row) // rows_step)
        total += rows * (1 + -(-columns * bits // 8)) if columns else 0
    return total


def _has_less_than(source: Buffer, size: int) -> bool:
    decompressing = zlib.decompressobj()
    try:
        for chunk in chunks_of(source):
            data: Buffer = chunk.data if chunk.name == b"IDAT" else b""
            while data and size > 0 and not decompressing.eof:
                size -= len(decompressing.decompress(data, _STEP_BYTES))
                data = decompressing.unconsumed_tail
    except zlib.error:  # Pillow has read every row that precedes the error, or it would have refused the picture.
        return False
    return size > 0


def _notes(source: Buffer) -> tuple[str, ...]:
    return () if all(chunk.is_usable for chunk in chunks_of(source)) else (DAMAGED_METADATA,)


def _bits_per_sample(_: Image.Image, source: Buffer) -> int:
    return source[_DEPTH_AT]


READER = Reader(
    open=opened,
    check_pixels=check_pixels,
    notes=_notes,
    bits_per_sample=_bits_per_sample,
    refuse_several=refuse_animation,
    metadata_follows_pixels=True,
)
