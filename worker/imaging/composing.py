"""From chroma and a source to a result: the sequence of steps, each of which has its own module."""

from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worker.imaging.chroma import color_grid
from worker.imaging.codecs.painted import Painted
from worker.imaging.errors import PictureError
from worker.imaging.facts import MAX_PIXELS, Buffer, Composed, ComposeOptions
from worker.imaging.formats import Format, result_format
from worker.imaging.metadata import kept_from
from worker.imaging.network_view import as_stored
from worker.imaging.paint import paint
from worker.imaging.previews import preview_of
from worker.imaging.reading import alpha_of, facts_of, format_of, opened, reading


def compose(
    source: Buffer,
    luma: NDArray[np.uint8],
    chroma: NDArray[np.float32],
    options: ComposeOptions,
    out: BinaryIO,
    *,
    max_pixels: int = MAX_PIXELS,
) -> Composed:
    """Write the picture with the source's luma, alpha and metadata, and the colors of `chroma`.

    `luma` is [height, width] as `decode` returned it; `chroma` is [2, h, w], Lab a and b of the upright picture at any
    small size. Deterministic: equal arguments give equal bytes. Raises PictureError, MemoryError, and ValueError for
    an unknown format.
    """
    with opened(source, max_pixels=max_pixels) as image:
        source_format = format_of(image)
        written_as = result_format(options.format, source_format)
        with reading():
            facts = facts_of(image)
            if source_format.reader.metadata_follows_pixels or facts.has_alpha:
                image.load()
            alpha = alpha_of(image) if facts.has_alpha and written_as.alpha else None
            kept = kept_from(image, facts.format, source)
        _check_size(luma, written_as)
        colored = _image(luma, chroma, facts.orientation, written_as.block, alpha)
        painted = Painted(
            image=colored,
            luma=luma,
            source=image,
            source_bytes=source,
            kept=kept,
            provenance=options.provenance,
            quality=options.quality,
        )
        written_as.write(painted, out)
        preview = preview_of(colored, facts.orientation, kept.icc_profile) if options.preview else b""
    height, width = luma.shape
    return Composed(width=width, height=height, media_type=written_as.media_type, preview=preview)


def _check_size(luma: NDArray[np.uint8], written_as: Format) -> None:
    if max(luma.shape) > written_as.longest_side:
        limit = f"{written_as.longest_side} pixels long"
    elif luma.size > written_as.most_pixels:
        limit = f"{written_as.most_pixels:,} pixels large"
    else:
        return
    raise PictureError("image_too_large", f"A picture in {written_as.title} can be at most {limit}.")


def _image(
    luma: NDArray[np.uint8],
    chroma: NDArray[np.float32],
    orientation: int,
    block: int,
    alpha: NDArray[np.uint8] | None,
) -> Image.Image:
    """RGB or RGBA. For JPEG, which has one color per block, RGBX: its encoder takes that without a copy."""
    grid = color_grid(luma, as_stored(chroma.astype(np.float32, copy=False), orientation))
    pixels = paint(luma, grid, block=block)
    height, width = luma.shape
    if alpha is not None:
        pixels |= alpha.astype("<u4") << 24
        return Image.frombuffer("RGBA", (width, height), pixels, "raw", "RGBA", 0, 1)
    layout = ("raw", "RGBX", pixels.shape[1] * 4, 1)
    if block > 1:
        return Image.frombuffer("RGBX", (width, height), pixels, *layout)
    return Image.frombytes("RGB", (width, height), pixels, *layout)
