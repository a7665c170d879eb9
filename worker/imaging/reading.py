"""From a source's bytes to its luma plane, header checks first. What each odd source gets: docs/formats.md."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from worker.imaging.errors import PictureError
from worker.imaging.facts import MAX_PIXELS, MEDIA_TYPES, Buffer, Facts, SourceFormat

# The cap is `max_pixels`, checked by us from the header: it is an error with a code, and never only a warning.
Image.MAX_IMAGE_PIXELS = None

_SIGNATURES: tuple[tuple[bytes, SourceFormat], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"BM", "BMP"),
)
_ALPHA_MODES = {"LA", "PA", "RGBA"}
_READ_MODES = {"L", "P", "RGB", "RGBX", "CMYK", "YCbCr"} | _ALPHA_MODES

_ORIENTATION = 0x0112
_BITS_PER_SAMPLE = 258
_SUBFILE_TYPE = 254
_MAX_PAGES_LOOKED_AT = 64


def inspect(source: Buffer, *, max_pixels: int = MAX_PIXELS) -> Facts:
    """Read the header alone. Raises PictureError for whatever will not be decoded."""
    with opened(source, max_pixels=max_pixels) as image, reading():
        return facts_of(image)


def decode(source: Buffer, *, max_pixels: int = MAX_PIXELS) -> tuple[NDArray[np.uint8], Facts]:
    """The luma plane [height, width], which is Pillow's `convert("L")` of the stored pixels, and the facts.

    Raises PictureError, and MemoryError.
    """
    with opened(source, max_pixels=max_pixels) as image, reading():
        image.load()
        return np.asarray(image.convert("L")), facts_of(image)


@contextmanager
def opened(source: Buffer, *, max_pixels: int = MAX_PIXELS) -> Iterator[Image.Image]:
    """The source as Pillow opens it, its header checked. Whoever reads on from it does so under `reading`."""
    kind = format_by_signature(source)
    with reading():
        image = Image.open(io.BytesIO(source), formats=[kind])
    with image:
        with reading():
            _check(image, kind, source, max_pixels)
        yield image


@contextmanager
def reading() -> Iterator[None]:
    """What Pillow raises of a source in the block becomes PictureError, or MemoryError if that is what it was."""
    with warnings.catch_warnings():
        # Pillow warns of odd metadata, which is nobody's business as long as the pixels can be read.
        warnings.simplefilter("ignore")
        try:
            yield
        except (PictureError, MemoryError):
            raise
        except Exception as exc:  # Hostile bytes make Pillow's parsers raise nearly anything.
            if "out of memory" in str(exc) or "decoder error -9" in str(exc):
                raise MemoryError from exc
            raise PictureError(
                "corrupt_image", "The file is damaged, cut off, or of an unusual kind, and cannot be read."
            ) from exc


def facts_of(image: Image.Image) -> Facts:
    """The facts of an opened source."""
    kind = _format_of(image)
    return Facts(
        format=kind,
        media_type=MEDIA_TYPES[kind],
        width=image.width,
        height=image.height,
        mode=image.mode,
        has_alpha=image.mode in _ALPHA_MODES or "transparency" in image.info,
        orientation=_orientation(image, kind),
    )


def alpha_of(image: Image.Image) -> NDArray[np.uint8]:
    """The alpha plane [height, width] of an opened source that has one."""
    return np.asarray(image.convert("RGBA").getchannel("A"))


def format_by_signature(source: Buffer) -> SourceFormat:
    """By its first twelve bytes, whatever follows. Raises PictureError for what is no picture, or of another format."""
    if not len(source):
        raise PictureError("empty_file", "The file is empty: it has no bytes at all.")
    head = bytes(source[:12])
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF" and head[8:] == b"WEBP":
        return "WEBP"
    raise PictureError("unsupported_format", "Only JPEG, PNG, TIFF, WebP and BMP pictures can be colorized.")


def _format_of(image: Image.Image) -> SourceFormat:
    # An MPO is a JPEG with more pictures behind the first: previews, depth, the other eye.
    return "JPEG" if image.format == "MPO" else cast(SourceFormat, image.format)


def _check(image: Image.Image, kind: SourceFormat, source: Buffer, max_pixels: int) -> None:
    pixels = image.width * image.height
    if pixels > max_pixels:
        size = f"{image.width} × {image.height}"
        raise PictureError("image_too_large", f"The picture is {size}; at most {max_pixels:,} pixels are taken.")
    if image.mode == "1":
        raise PictureError("bilevel_image", "The picture is black and white without grays: no tone can be colored.")
    if image.mode.startswith(("I", "F")) or _bits_per_sample(image, kind, source) > 8:
        raise PictureError("unsupported_bit_depth", "The picture has more than 8 bits per sample, which would be lost.")
    if image.mode not in _READ_MODES:
        raise PictureError("unsupported_color_space", f"Pictures in {image.mode} cannot be colorized.")
    if kind in ("PNG", "WEBP") and getattr(image, "is_animated", False):
        raise PictureError("animated_image", "The picture is an animation: only still pictures can be colorized.")
    if isinstance(image, TiffImagePlugin.TiffImageFile) and _is_multipage(image):
        raise PictureError("multipage_image", "The TIFF has several pages: split it into one file per page.")


def _bits_per_sample(image: Image.Image, kind: SourceFormat, source: Buffer) -> int:
    """As stored: Pillow opens 16-bit color as 8-bit without a word."""
    if kind == "PNG":
        return source[24]
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return int(max(image.tag_v2.get(_BITS_PER_SAMPLE, (1,))))
    return 8


def _is_multipage(image: TiffImagePlugin.TiffImageFile) -> bool:
    """Whether a further page is more than a reduced copy of the first, as the thumbnails of many scanners are.

    Not by `n_frames`: it reads the directories of all pages, and a file of one megabyte may have ten thousand.
    """
    try:
        return not all(_is_reduced_copy(image, page) for page in range(1, _MAX_PAGES_LOOKED_AT))
    except EOFError:
        return False
    finally:
        image.seek(0)


def _is_reduced_copy(image: TiffImagePlugin.TiffImageFile, page: int) -> bool:
    image.seek(page)
    return bool(int(image.tag_v2.get(_SUBFILE_TYPE, 0)) & 1)


def _orientation(image: Image.Image, kind: SourceFormat) -> int:
    # Pillow turns a TIFF upright while reading it.
    if kind in ("TIFF", "BMP"):
        return 1
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # Broken EXIF is kept out of the way: the pixels can still be read.
        return 1
    return value if value in range(1, 9) else 1
