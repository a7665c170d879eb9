"""The table of picture formats. To add one, add a row here and a module in `codecs` that reads and writes it.

`tests/contracts/test_formats.py` checks what client, gateway and archives know of formats against this table.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from worker.imaging.codecs import avif, bmp, jpeg, png, tiff, webp
from worker.imaging.codecs.painted import Painted
from worker.imaging.codecs.reader import Reader
from worker.imaging.errors import PictureError
from worker.imaging.raws import is_raw, raw_refused

SIGNATURE_BYTES = 64
"""How many bytes at the beginning of a file are enough to recognize its format."""

UNLIMITED = 1 << 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A row of the table.

    `title` is the name as people write it; Pillow's is in upper case, the option's in lower case.
    `matches` recognizes the first `SIGNATURE_BYTES` of a file.
    `offered`: whether a job's `format` can name it. A format not offered is still written for sources of the format.
    `block`: one color is stored per block of so many pixels a side (2 with subsampled chroma).
    `longest_side` and `most_pixels` limit results. `bytes_per_pixel` is the peak of address space while a result is
    composed and written, with alpha.
    """

    title: str
    media_type: str
    extensions: tuple[str, ...]
    matches: Callable[[bytes], object]
    alpha: bool
    has_quality: bool
    reader: Reader
    write: Callable[[Painted, BinaryIO], None]
    offered: bool = True
    block: int = 1
    longest_side: int = UNLIMITED
    most_pixels: int = UNLIMITED
    bytes_per_pixel: int = 16

    @property
    def name(self) -> str:
        """Pillow's name."""
        return self.title.upper()

    @property
    def option(self) -> str | None:
        """The value of a job's `format`; None if it is not offered."""
        return self.title.lower() if self.offered else None


def _begins(pattern: bytes) -> Callable[[bytes], object]:
    return re.compile(pattern, re.DOTALL).match


FORMATS = (
    Format(
        title="JPEG",
        media_type="image/jpeg",
        extensions=(".jpg", ".jpeg", ".jpe", ".jfif"),
        matches=_begins(rb"\xff\xd8\xff"),
        alpha=False,
        has_quality=True,
        block=2,
        longest_side=jpeg.LONGEST_SIDE,
        reader=jpeg.READER,
        write=jpeg.write,
    ),
    Format(
        title="PNG",
        media_type="image/png",
        extensions=(".png",),
        matches=_begins(rb"\x89PNG\r\n\x1a\n"),
        alpha=True,
        has_quality=False,
        reader=png.READER,
        write=png.write,
    ),
    Format(
        title="TIFF",
        media_type="image/tiff",
        extensions=(".tif", ".tiff"),
        matches=_begins(rb"II[*+]\0|MM\0[*+]"),
        alpha=True,
        has_quality=False,
        reader=tiff.READER,
        write=tiff.write,
    ),
    Format(
        title="WebP",
        media_type="image/webp",
        extensions=(".webp",),
        matches=_begins(rb"RIFF....WEBP"),
        alpha=True,
        has_quality=True,
        longest_side=webp.LONGEST_SIDE,
        reader=webp.READER,
        write=webp.write,
    ),
    Format(
        title="AVIF",
        media_type="image/avif",
        extensions=(".avif",),
        matches=avif.matches,
        alpha=True,
        has_quality=True,
        longest_side=avif.LONGEST_SIDE,
        most_pixels=avif.MOST_PIXELS,
        bytes_per_pixel=avif.BYTES_PER_PIXEL,
        reader=avif.READER,
        write=avif.write,
    ),
    Format(
        title="BMP",
        media_type="image/bmp",
        extensions=(".bmp", ".dib"),
        matches=_begins(rb"BM"),
        alpha=False,
        has_quality=False,
        offered=False,
        reader=bmp.READER,
        write=bmp.write,
    ),
)

MEDIA_TYPES = {row.name: row.media_type for row in FORMATS}
_BY_NAME = {row.name: row for row in FORMATS}
_BY_OPTION = {row.option: row for row in FORMATS if row.option}


def peak_bytes(max_pixels: int, *formats: Format) -> int:
    """The address space that a picture of up to `max_pixels` takes in one of these formats, or in any."""
    return max(row.bytes_per_pixel * min(max_pixels, row.most_pixels) for row in formats or FORMATS)


def format_named(name: str) -> Format:
    """The row with this name of Pillow's."""
    return _BY_NAME[name]


def format_by_signature(source: bytes | bytearray | memoryview) -> Format:
    """Recognized by the first bytes, whatever follows. Raises PictureError if no format matches."""
    if not len(source):
        raise PictureError("empty_file", "The file is empty (0 bytes).")
    head = bytes(source[:SIGNATURE_BYTES])
    for row in FORMATS:
        if row.matches(head):
            return row
    if is_raw(head):
        raise raw_refused()
    *titles, last = [row.title for row in FORMATS]
    raise PictureError("unsupported_format", f"Only {', '.join(titles)} and {last} pictures can be colorized.")


def result_format(option: str, source: Format) -> Format:
    """The format of a result. Raises ValueError for an unknown option."""
    if option == "same":
        return source
    try:
        return _BY_OPTION[option]
    except KeyError:
        raise ValueError(f"Unknown format {option!r}. Choose same or {', '.join(_BY_OPTION)}.") from None
