"""The photographs that scores are measured on, as sRGB pixels: squeezed to a square, or at their own size.

What cannot be scored is left out and counted: unreadable files, and gray photographs, which have no color to compare
with.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from training.data.photographs import NO_COLOR, is_colorless, read_files, upright_rgb
from worker.colorizer.color import lab_from_rgb

SIZE = 256
LARGE = 1_000  # The short side of pictures that are too large to decode whole.
MISSING = "listed but not there"

RGB = NDArray[np.uint8]


@dataclass(frozen=True)
class Original:
    """`picture` is [H, W, 3]."""

    name: str
    picture: RGB


def read_originals(
    source: Path, names: Collection[str] | None, *, size: int | None = SIZE, left_out: Counter[str] | None = None
) -> Iterator[Original]:
    """The photographs of a folder, of tar shards or of a list whose names are in `names` (None: all), in order.

    They are squeezed to a square of side `size`, as in the literature. None keeps their own size, and leaves out those
    that are too large for that. Photographs left out are counted in `left_out`, by reason. Raises FileNotFoundError if
    the source holds no picture.
    """
    left_out = Counter() if left_out is None else left_out
    for name, image in _upright(source, names, left_out, short_side=2 * size if size else None):
        picture = np.asarray(resized(image, (size, size)) if size else image)
        if has_color(picture):
            yield Original(name, picture)
        else:
            left_out[NO_COLOR] += 1


def read_pictures(source: Path, names: Collection[str] | None, left_out: Counter[str]) -> Iterator[Original]:
    """The readable pictures to look at, gray ones included, at their own size; very large ones reduced.

    `names` and `left_out` are those of `read_originals`.
    """
    for name, image in _upright(source, names, left_out, short_side=LARGE):
        yield Original(name, np.asarray(image))


def has_color(picture: RGB) -> bool:
    return not is_colorless(lab_from_rgb(picture)[..., 1:])


def gray(picture: RGB) -> RGB:
    """The photograph as a scan of it without color."""
    return np.asarray(Image.fromarray(picture).convert("L").convert("RGB"))


def _upright(
    source: Path, names: Collection[str] | None, left_out: Counter[str], *, short_side: int | None
) -> Iterator[tuple[str, Image.Image]]:
    missed = set(names or ())
    for name, content in read_files(source, left_out):
        if names is not None and name not in names:
            continue
        missed.discard(name)
        image = upright_rgb(content, short_side=short_side)
        if isinstance(image, str):
            left_out[image] += 1
        else:
            yield name, image
    if missed:
        left_out[MISSING] += len(missed)


def nothing_left(source: Path, left_out: Mapping[str, int]) -> ValueError:
    """The error for a `source` all of whose photographs were left out, with the reasons."""
    return ValueError(f"{source} holds no photograph to score; left out: {counted(left_out)}")


def counted(left_out: Mapping[str, int]) -> str:
    """The counts and their reasons, as text."""
    return ", ".join(f"{count} {reason}" for reason, count in left_out.items()) or "none"


def resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The image at (width, height); itself if it has that size."""
    return image if image.size == size else image.resize(size, Image.Resampling.BICUBIC)
