"""The plain data passed along with a picture: header facts, options, provenance. No pixels."""

from dataclasses import dataclass
from typing import TypeAlias

Buffer: TypeAlias = bytes | bytearray | memoryview

MAX_PIXELS = 200_000_000
"""The default limit on the size in a source's header, checked before any pixel is decoded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a source's header contains. `format` is Pillow's name; `width` and `height` are those of the stored pixels.

    `orientation` is the EXIF value 1-8 that a viewer applies to the stored pixels to show the picture upright.
    `notes` are codes of `notes.py`.
    """

    format: str
    media_type: str
    width: int
    height: int
    mode: str
    has_alpha: bool
    orientation: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Provenance:
    """What colorized a picture, and with which prompt: written into each result's XMP."""

    software: str
    checkpoint: str
    checkpoint_sha256: str
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class ComposeOptions:
    """How a result is written.

    `format` is "same" for the source's format, or an option of `formats.py`. `quality` (1-100) is for formats that have
    one. None means the closest result: a JPEG source's own quantization tables, lossless AVIF, and lossless WebP unless
    the source is a lossy WebP. `preview`: whether a preview of the result is made, too.
    """

    provenance: Provenance
    format: str = "same"
    quality: int | None = None
    preview: bool = False


@dataclass(frozen=True, slots=True)
class Composed:
    """The result that was written; the size is that of its stored pixels. `preview` is empty unless requested."""

    width: int
    height: int
    media_type: str
    preview: bytes = b""
