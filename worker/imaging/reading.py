"""From a source's bytes to its luma plane, header checks first. docs/formats.md lists how unusual sources fare."""

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from worker.imaging.codecs.reader import EIGHT_BITS, Reader
from worker.imaging.errors import PictureError
from worker.imaging.facts import MAX_PIXELS, Buffer, Facts
from worker.imaging.formats import Format, format_by_signature, format_named, peak_bytes
from worker.imaging.previews import source_preview
from worker.imaging.tone import luma_of

# `_check` enforces `max_pixels` on the header instead, as an error with a code rather than a warning.
Image.MAX_IMAGE_PIXELS = None

_ALPHA_MODES = {"LA", "PA", "RGBA"}
_READ_MODES = {"L", "P", "RGB", "RGBX", "CMYK", "YCbCr"} | _ALPHA_MODES

_ORIENTATION = 0x0112


def decode(
    source: Buffer, *, max_pixels: int = MAX_PIXELS, before_pixels: Callable[[int], None] = lambda _: None
) -> tuple[NDArray[np.uint8], Facts]:
    """The luma plane [height, width] (Pillow's `convert("L")` of the stored pixels, in sRGB's tone) and the facts.

    `before_pixels` is called with the number of bytes that the pixels will take. Raises PictureError, and MemoryError.
    """
    with opened(source, max_pixels=max_pixels, before_pixels=before_pixels) as image:
        return _decoded(image, source)


def decode_with_preview(
    source: Buffer, *, max_pixels: int = MAX_PIXELS, before_pixels: Callable[[int], None] = lambda _: None
) -> tuple[NDArray[np.uint8], Facts, bytes]:
    """As `decode`, and a preview of the source."""
    with opened(source, max_pixels=max_pixels, before_pixels=before_pixels) as image:
        luma, facts = _decoded(image, source)
        with reading():
            return luma, facts, source_preview(image, luma, facts.orientation)


def _decoded(image: Image.Image, source: Buffer) -> tuple[NDArray[np.uint8], Facts]:
    reader = format_of(image).reader
    with reading():
        image.load()
        reader.check_pixels(image, source)
        return luma_of(image), replace(facts_of(image), notes=reader.notes(source))


@contextmanager
def opened(
    source: Buffer, *, max_pixels: int = MAX_PIXELS, before_pixels: Callable[[int], None] = lambda _: None
) -> Iterator[Image.Image]:
    """The source opened, its header checked. Read anything further from it inside `reading`.

    `before_pixels` as in `decode`.
    """
    source_format = format_by_signature(source)
    reader = source_format.reader
    if reader.size is not None:
        with reading():
            width, height = reader.size(source)
        _check_size(width, height, max_pixels)
        before_pixels(peak_bytes(width * height, source_format))
    with reading():
        image = _open(source, source_format)
    with image:
        with reading():
            _check(image, reader, source, max_pixels)
        if reader.size is None:
            before_pixels(peak_bytes(image.width * image.height, source_format))
        yield image


def _open(source: Buffer, source_format: Format) -> Image.Image:
    if source_format.reader.open is not None:
        return source_format.reader.open(source)
    return Image.open(io.BytesIO(source), formats=[source_format.name])


@contextmanager
def reading() -> Iterator[None]:
    """Turn whatever the codecs raise in the block into PictureError, or into MemoryError if memory was short."""
    with warnings.catch_warnings():
        # Pillow warns about malformed metadata, which does not matter as long as the pixels can be read.
        warnings.simplefilter("ignore")
        try:
            yield
        except (PictureError, MemoryError, ImportError):  # A missing decoder is not the picture's fault.
            raise
        except Exception as exc:  # Hostile bytes make parsers raise nearly anything.
            # A ValueError about memory is Pillow's limit on texts that expand.
            is_short = "memory" in str(exc).lower() and not isinstance(exc, ValueError)
            if is_short or "decoder error -9" in str(exc):
                raise MemoryError from exc
            raise PictureError(
                "corrupt_image", "The file is damaged, truncated, or of an unsupported kind, and cannot be read."
            ) from exc


def facts_of(image: Image.Image) -> Facts:
    """The facts of an opened source."""
    source_format = format_of(image)
    return Facts(
        format=source_format.name,
        media_type=source_format.media_type,
        width=image.width,
        height=image.height,
        mode=image.mode,
        has_alpha=image.mode in _ALPHA_MODES or "transparency" in image.info,
        orientation=_orientation(image, source_format.reader),
    )


def alpha_of(image: Image.Image) -> NDArray[np.uint8]:
    """The alpha plane [height, width] of an opened source that has one."""
    return np.asarray(image.convert("RGBA").getchannel("A"))


def format_of(image: Image.Image) -> Format:
    """The format of an opened source."""
    # An MPO is a JPEG with further pictures behind the first: previews, a depth map, the other eye of a stereo pair.
    return format_named("JPEG" if image.format == "MPO" else str(image.format))


def _check_size(width: int, height: int, max_pixels: int) -> None:
    if width * height > max_pixels:
        raise PictureError("image_too_large", f"The picture is {width} × {height}; the limit is {max_pixels:,} pixels.")


def _check(image: Image.Image, reader: Reader, source: Buffer, max_pixels: int) -> None:
    _check_size(image.width, image.height, max_pixels)
    reader.check_header(image, source)
    if image.mode == "1":
        raise PictureError(
            "bilevel_image", "The picture is black and white without grays: it has no tones to colorize."
        )
    if image.mode.startswith(("I", "F")) or reader.bits_per_sample(image, source) > EIGHT_BITS:
        raise PictureError(
            "unsupported_bit_depth", "The picture has more than 8 bits per sample, and a result has only 8."
        )
    if image.mode not in _READ_MODES:
        raise PictureError("unsupported_color_space", f"Pictures in the color space {image.mode} cannot be colorized.")
    reader.refuse_several(image)


def _orientation(image: Image.Image, reader: Reader) -> int:
    if not reader.has_orientation:
        return 1
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # With broken EXIF the pixels can still be read.
        return 1
    return value if value in range(1, 9) else 1
