"""The photographs that scores are taken on, as sRGB pixels: squeezed to one square, or as large as they are.

What cannot be scored is left out and counted: unreadable files, and photographs whose truth is gray, as there is
nothing to be right about.
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
NOT_THERE = "listed but not there"

RGB = NDArray[np.uint8]


@dataclass(frozen=True)
class Original:
    """`picture` is [H, W, 3]."""

    name: str
    picture: RGB


def read_originals(
    source: Path, names: Collection[str] | None, *, size: int | None = SIZE, left_out: Counter[str] | None = None
) -> Iterator[Original]:
    """Those of a folder, of tar shards or of a list that `names` has (None: all), in order.

    Squeezed to a square of side `size`, as the literature does; None keeps their own, and leaves out those too large
    for that. What is not among them is counted in `left_out`, by reason. Raises FileNotFoundError if there is nothing
    to read.
    """
    left_out = Counter() if left_out is None else left_out
    missed = set(names or ())
    for name, content in read_files(source, left_out):
        if names is not None and name not in names:
            continue
        missed.discard(name)
        image = upright_rgb(content, short_side=2 * size if size else None)
        if isinstance(image, str):
            left_out[image] += 1
            continue
        picture = np.asarray(resized(image, (size, size)) if size else image)
        if is_colorless(lab_from_rgb(picture)[..., 1:]):
            left_out[NO_COLOR] += 1
        else:
            yield Original(name, picture)
    if missed:
        left_out[NOT_THERE] += len(missed)


def nothing_left(source: Path, left_out: Mapping[str, int]) -> ValueError:
    """What to raise if no photograph of `source` could be taken, with the reasons."""
    return ValueError(f"{source} holds no photograph to score; left out: {counted(left_out)}")


def counted(left_out: Mapping[str, int]) -> str:
    """For people: how many, and why."""
    return ", ".join(f"{count} {reason}" for reason, count in left_out.items()) or "none"


def resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """To (width, height), unless it has that size."""
    return image if image.size == size else image.resize(size, Image.Resampling.BICUBIC)
