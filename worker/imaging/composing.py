"""From chroma and the source to a result: the steps in their order. How each is done is in the modules it calls."""

from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worker.imaging.chroma import color_grid
from worker.imaging.encode import encode
from worker.imaging.facts import (
    MAX_PIXELS,
    MEDIA_TYPES,
    Buffer,
    Composed,
    ComposeOptions,
    Facts,
    SourceFormat,
)
from worker.imaging.metadata import kept_from
from worker.imaging.paint import paint
from worker.imaging.reading import alpha_of, facts_of, opened, reading
from worker.imaging.sight import as_stored

_KINDS: dict[str, SourceFormat] = {"jpeg": "JPEG", "png": "PNG", "tiff": "TIFF", "webp": "WEBP"}
_NO_ALPHA: tuple[SourceFormat, ...] = ("JPEG", "BMP")


def compose(
    source: Buffer,
    luma: NDArray[np.uint8],
    chroma: NDArray[np.float32],
    options: ComposeOptions,
    out: BinaryIO,
    *,
    max_pixels: int = MAX_PIXELS,
) -> Composed:
    """Write the picture that has the source's luma, alpha and metadata, and the colors of `chroma`.

    `luma` is [height, width] as `decode` gave it; `chroma` is [2, h, w], Lab a and b of the upright picture at any
    small size. Deterministic: equal arguments give equal bytes. Raises PictureError, and MemoryError.
    """
    with opened(source, max_pixels=max_pixels) as image:
        with reading():
            facts = facts_of(image)
            kind = facts.format if options.format == "same" else _KINDS[options.format]
            if facts.format == "PNG" or facts.has_alpha:
                image.load()
            alpha = alpha_of(image) if facts.has_alpha and kind not in _NO_ALPHA else None
            kept = kept_from(image, facts.format, source)
        picture = _painted(luma, chroma, facts, kind, alpha)
        encode(
            picture,
            kind,
            out,
            luma=luma,
            source=image,
            source_bytes=source,
            kept=kept,
            provenance=options.provenance,
            quality=options.quality,
        )
    height, width = luma.shape
    return Composed(width=width, height=height, media_type=MEDIA_TYPES[kind])


def _painted(
    luma: NDArray[np.uint8],
    chroma: NDArray[np.float32],
    facts: Facts,
    kind: SourceFormat,
    alpha: NDArray[np.uint8] | None,
) -> Image.Image:
    """RGBX for JPEG, which takes it as it lies in memory, at the one color per 2 × 2 pixels that it stores anyway."""
    grid = color_grid(luma, as_stored(chroma.astype(np.float32, copy=False), facts.orientation))
    pixels = paint(luma, grid, block=2 if kind == "JPEG" else 1)
    height, width = luma.shape
    if alpha is not None:
        pixels |= alpha.astype("<u4") << 24
        return Image.frombuffer("RGBA", (width, height), pixels, "raw", "RGBA", 0, 1)
    layout = ("raw", "RGBX", pixels.shape[1] * 4, 1)
    if kind == "JPEG":
        return Image.frombuffer("RGBX", (width, height), pixels, *layout)
    return Image.frombytes("RGB", (width, height), pixels, *layout)
