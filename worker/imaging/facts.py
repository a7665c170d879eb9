"""What travels with a picture between the steps: facts, options, provenance. Plain data, no pixels."""

from dataclasses import dataclass
from typing import TypeAlias

Buffer: TypeAlias = bytes | bytearray | memoryview

MAX_PIXELS = 200_000_000
"""What a source may claim, unless told otherwise, before any of its pixels are decoded."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the header of a source says. `width` and `height` are those of the stored pixels.

    `orientation` is the EXIF value 1-8 that a viewer applies to the stored pixels to show the picture upright.
    """

    format: str
    media_type: str
    width: int
    height: int
    mode: str
    has_alpha: bool
    orientation: int


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who colorized a picture, and told what: written into each result's XMP."""

    software: str
    checkpoint: str
    checkpoint_sha256: str
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class ComposeOptions:
    """How a result is written.

    `format` "same" is the source's own. `quality` (1-100) is for JPEG and WebP; None keeps the source's own
    quantization tables where it has some, and is lossless WebP where the source is not a lossy one.
    """

    provenance: Provenance
    format: str = "same"
    quality: int | None = None


@dataclass(frozen=True, slots=True)
class Composed:
    """What was written: the size is that of the stored pixels."""

    width: int
    height: int
    media_type: str
