"""Reads JPEGs that libjpeg refuses or reads too trustingly: without an end, with missing pixels, with endless scans."""

import io
import zlib

import numpy as np
from PIL import Image

from worker.imaging.codecs.jpeg_markers import EOI, layout_of
from worker.imaging.codecs.reader import Reader
from worker.imaging.errors import PictureError
from worker.imaging.facts import Buffer
from worker.imaging.notes import MISSING_END

USUAL_SCANS, MOST_SCANS = 12, 1000
MOST_SCANNED_PIXELS = 4_000_000_000
"""Pixels times scans, beyond `USUAL_SCANS`. Even a scan of a few bytes visits every pixel, which takes 1.4 ns."""

_DECODABLE_FRAMES = {0, 1, 2, 3, 9, 10}
"""Those of libjpeg-turbo: sequential, progressive and lossless ones, with arithmetic coding for all but the last."""

_BLOCK = 8
_MOST_PIXELS_PER_BYTE = 8 * _BLOCK * _BLOCK
_MOST_PIXELS_PER_BYTE_ARITHMETIC = 64 * _MOST_PIXELS_PER_BYTE
"""A Huffman code takes at least one bit for each block. Arithmetic codes of flat blocks take a fraction of that."""

_GRAY = 128
"""libjpeg fills what is missing with middle gray."""

_TRIALS = (b"\x55" * 64, b"\xff\0" * 64)
_ENDS = 4


def opened(source: Buffer) -> Image.Image:
    """The JPEG, with an end if that is all it lacks."""
    layout = layout_of(source, most_scans=MOST_SCANS)
    whole = source if layout.end_at is not None or not layout.is_complete else _coded(source) + EOI
    return Image.open(io.BytesIO(whole), formats=["JPEG"])


def check_header(_: Image.Image, source: Buffer) -> None:
    """Raise PictureError if decoding is impossible, too expensive, or would fill in most of the pixels."""
    layout = layout_of(source, most_scans=MOST_SCANS)
    if layout.frame is not None and layout.frame not in _DECODABLE_FRAMES:
        kind = "lossless JPEG with arithmetic coding" if layout.frame == 11 else "hierarchical JPEG"
        raise PictureError("unsupported_format", f"The picture is a {kind}, which cannot be decoded.")
    scans, pixels = len(layout.scans), layout.width * layout.height
    most = max(USUAL_SCANS, min(MOST_SCANS, MOST_SCANNED_PIXELS // max(pixels, 1)))
    if scans > most:
        detail = f"The JPEG has {scans} scans or more; the limit for a picture of its size is {most}."
        raise PictureError("corrupt_image", detail)
    if pixels > len(source) * (_MOST_PIXELS_PER_BYTE_ARITHMETIC if layout.is_arithmetic else _MOST_PIXELS_PER_BYTE):
        raise PictureError("corrupt_image", "The JPEG is truncated: it is too small to contain all of its pixels.")


def check_pixels(image: Image.Image, source: Buffer) -> None:
    """Raise PictureError if pixels are missing, which libjpeg does not report.

    Each trial continues the coded data in another way. If it decodes to other pixels, some depend on data that is not
    there. Only JPEGs that look incomplete are tried: those without an end, and those that end in middle gray.
    """
    layout = layout_of(source, most_scans=MOST_SCANS)
    if layout.end_at is not None and not _ends_gray(image):
        return
    coded = _coded(source[: layout.end_at])
    if layout.is_arithmetic:
        coded += bytes(_ENDS)  # Zeros at the end of arithmetic codes are left out, and decoders add them.
    pixels = _digest(image)
    for trial in _TRIALS:
        restarts = b"".join(bytes((0xFF, 0xD0 + number)) + trial for number in range(8))
        with Image.open(io.BytesIO(coded + trial + restarts + EOI), formats=["JPEG"]) as continued:
            if _digest(continued) != pixels:
                raise PictureError("corrupt_image", "The JPEG is truncated: some of its pixels are missing.")


def _coded(source: Buffer) -> bytes:
    """The source without half a marker, and without zeros that pad it. A code may end with two zero bytes."""
    data = bytes(source)
    return data[: len(data.rstrip(b"\0")) + 2].rstrip(b"\xff")


def _ends_gray(image: Image.Image) -> bool:
    width, height = image.size
    corner = image.crop((max(0, width - _BLOCK), max(0, height - _BLOCK), width, height))
    return bool(np.all(np.asarray(corner) == _GRAY))


def _digest(image: Image.Image) -> int:
    return zlib.crc32(np.asarray(image).data)


def _notes(source: Buffer) -> tuple[str, ...]:
    return () if layout_of(source, most_scans=MOST_SCANS).end_at is not None else (MISSING_END,)


READER = Reader(open=opened, check_header=check_header, check_pixels=check_pixels, notes=_notes)
