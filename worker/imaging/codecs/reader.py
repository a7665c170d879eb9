"""What `reading.py` needs to know of a format beyond what Pillow reports."""

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from worker.imaging.errors import PictureError
from worker.imaging.facts import Buffer

EIGHT_BITS = 8


def always_eight_bits(_: Image.Image, __: Buffer) -> int:
    """For formats without other bit depths."""
    return EIGHT_BITS


def never_several(_: Image.Image) -> None:
    """For formats with one picture, or whose further pictures are ignored."""


def refuse_animation(image: Image.Image) -> None:
    """For formats that may be animated."""
    if getattr(image, "is_animated", False):
        raise PictureError("animated_image", "The picture is an animation: only still pictures can be colorized.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """How to read the header of one format. The defaults fit a format without special cases.

    `open` opens a source whose format Pillow does not read well enough.
    `size` returns width and height by the header, of a format whose pixels take memory as soon as it is opened.
    `check_header` raises PictureError if the pixels cannot be decoded, or not at a bounded cost.
    `check_pixels` raises PictureError if the decoded picture does not contain all of its pixels.
    `notes` returns codes of `notes.py`.
    `bits_per_sample` returns the stored depth: Pillow silently reduces 16-bit color to 8 bits.
    `refuse_several` raises PictureError if there is more than one picture.
    `has_orientation` is False if Pillow has already turned the pixels upright, or if the format has no EXIF.
    `metadata_follows_pixels`: some metadata is only available once the pixels have been read.
    """

    open: Callable[[Buffer], Image.Image] | None = None
    size: Callable[[Buffer], tuple[int, int]] | None = None
    check_header: Callable[[Image.Image, Buffer], None] = lambda _, __: None
    check_pixels: Callable[[Image.Image, Buffer], None] = lambda _, __: None
    notes: Callable[[Buffer], tuple[str, ...]] = lambda _: ()
    bits_per_sample: Callable[[Image.Image, Buffer], int] = always_eight_bits
    refuse_several: Callable[[Image.Image], None] = never_several
    has_orientation: bool = True
    metadata_follows_pixels: bool = False
