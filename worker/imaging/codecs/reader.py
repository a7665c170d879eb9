"""What a format's header says that Pillow does not, in the way that `reading.py` asks every format."""

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from worker.imaging.errors import PictureError
from worker.imaging.facts import Buffer

EIGHT_BITS = 8


def always_eight_bits(_: Image.Image, __: Buffer) -> int:
    """For formats that have no other depth."""
    return EIGHT_BITS


def always_one_picture(_: Image.Image) -> None:
    """For formats that hold one picture, or whose further ones do not count."""


def refuse_animation(image: Image.Image) -> None:
    """For formats that may be animated."""
    if getattr(image, "is_animated", False):
        raise PictureError("animated_image", "The picture is an animation: only still pictures can be colorized.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The answers of one format. The defaults are those of a plain format.

    `bits_per_sample` are those stored: Pillow reduces 16-bit color to 8 bits without a warning.
    `refuse_several` raises PictureError if there is more than one picture.
    `has_orientation` is False where Pillow has turned the pixels upright, or the format has no EXIF.
    `metadata_follows_pixels`: it is only known after the pixels are read.
    """

    bits_per_sample: Callable[[Image.Image, Buffer], int] = always_eight_bits
    refuse_several: Callable[[Image.Image], None] = always_one_picture
    has_orientation: bool = True
    metadata_follows_pixels: bool = False
