"""The training set in memory: photographs of a folder, of tar shards or of a list, as luma and ab planes of one byte.

What is no photograph to learn from is skipped, never fatal, and told by name and reason. Which files are found is up
to `files.py`. Nothing here is random.
"""

import hashlib
import io
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from training.data.files import HIDDEN, NOT_READABLE, OTHER_FORMAT, Found, found_files, has_picture_name
from worker.colorizer.color import lab_from_rgb
from worker.imaging import MAX_PIXELS

AB_OFFSET = 128  # A byte of the ab planes, minus this, is a or b in Lab units.
MAX_SHORT_SIDE = 256
MAX_WHOLE_PIXELS = 50_000_000  # Larger pictures, up to what the service takes, are reduced while they are read.
MIN_CHROMA = 2.0  # Mean chroma below which a picture counts as gray.
NO_COLOR = "no color"
TOO_LARGE = "too large"
_ONE_LARGE_PICTURE = threading.Lock()  # Without a reduced reading, as of a PNG, 200 megapixels take 800 MB.


@dataclass(frozen=True)
class Photograph:
    """`planes` is uint8 [H, W, 3]: Pillow's luma, then a and b shifted by `AB_OFFSET`."""

    name: str
    planes: NDArray[np.uint8]


@dataclass(frozen=True)
class Skipped:
    """A file that is not used, and in two words why."""

    name: str
    reason: str


@dataclass
class PhotographSet:
    """Photographs in the order of their names; `sha256` covers the names and bytes of all pictures read."""

    photographs: list[Photograph] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    sha256: str = ""

    @property
    def reasons(self) -> Counter[str]:
        """How many were skipped for what."""
        return Counter(one.reason for one in self.skipped)

    def split(self, held_out: set[str]) -> tuple[list[Photograph], list[Photograph]]:
        """The photographs to train on and those that are held out."""
        train = [photograph for photograph in self.photographs if photograph.name not in held_out]
        return train, [photograph for photograph in self.photographs if photograph.name in held_out]


def load_photographs(source: Path, *, limit: int | None = None, threads: int = 2) -> PhotographSet:
    """Read a folder of pictures (any depth), a folder of tar shards, one shard, or a list of files (`.txt`).

    `limit` counts the pictures that are read. Raises FileNotFoundError if there is nothing to read there.
    """
    loaded = PhotographSet()
    digest = hashlib.sha256()
    with ThreadPoolExecutor(threads) as pool:
        for name, content, result in _in_order(pool, _limited(found_files(source), limit)):
            if isinstance(content, bytes):
                digest.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
            if isinstance(result, str):
                loaded.skipped.append(Skipped(name, result))
            else:
                loaded.photographs.append(Photograph(name, result))
    loaded.sha256 = digest.hexdigest()
    return loaded


def read_files(source: Path, skipped: Counter[str] | None = None) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the pictures among `files.found_files`.

    Pictures whose bytes could not be had are counted in `skipped`; what is hidden or no picture is not. Raises
    FileNotFoundError if there is nothing to read.
    """
    skipped = Counter() if skipped is None else skipped
    for name, found in found_files(source):
        if isinstance(found, bytes):
            yield name, found
        elif found not in (HIDDEN, OTHER_FORMAT):
            skipped[found] += 1


def picture_files(folder: Path) -> list[Path]:
    """By suffix, at any depth, sorted, none hidden."""
    names = (PurePosixPath(path.relative_to(folder).as_posix()) for path in folder.rglob("*"))
    return sorted(folder / name for name in names if has_picture_name(name))


def planes_of(content: bytes) -> NDArray[np.uint8] | str:
    """Decode to luma and ab planes, or say in two words why not."""
    rgb = upright_rgb(content, short_side=2 * MAX_SHORT_SIDE)
    if isinstance(rgb, str):
        return rgb
    scale = MAX_SHORT_SIDE / min(rgb.size)
    if scale < 1:
        size = (round(rgb.width * scale), round(rgb.height * scale))
        rgb = rgb.resize(size, Image.Resampling.LANCZOS)
    ab = lab_from_rgb(np.asarray(rgb))[..., 1:]
    if is_colorless(ab):
        return NO_COLOR
    shifted = np.clip(np.rint(ab + AB_OFFSET), 0, 255).astype(np.uint8)
    return np.dstack([np.asarray(rgb.convert("L")), shifted])


def upright_rgb(content: bytes, *, short_side: int | None = None) -> Image.Image | str:
    """Decode as a viewer shows it, by EXIF orientation, or say in two words why not.

    A picture over `MAX_WHOLE_PIXELS` is reduced while it is read, to a short side of at least `short_side`; if that is
    None, it is too large.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            pixels = image.width * image.height
            if pixels <= MAX_WHOLE_PIXELS:
                return ImageOps.exif_transpose(image).convert("RGB")
            if pixels > MAX_PIXELS or short_side is None:
                return TOO_LARGE
            with _ONE_LARGE_PICTURE:
                return ImageOps.exif_transpose(_reduced_rgb(image, short_side))
    except Exception:  # Decoders raise what they like for damaged files, and none may end a run of hours.
        return NOT_READABLE


def _reduced_rgb(image: Image.Image, short_side: int) -> Image.Image:
    image.draft(None, (short_side, short_side))  # A JPEG is decoded at down to an eighth of its size.
    rgb = image if image.mode == "RGB" else image.convert("RGB")
    return rgb.reduce(max(1, min(rgb.size) // short_side))


def is_colorless(ab: NDArray[np.float32]) -> bool:
    """Whether [H, W, 2] in Lab units is a gray picture in an RGB wrapper."""
    return float(np.hypot(ab[..., 0], ab[..., 1]).mean()) < MIN_CHROMA


def _limited(files: Iterable[Found], limit: int | None) -> Iterator[Found]:
    pictures = 0
    for name, found in files:
        if isinstance(found, bytes):
            pictures += 1
            if limit is not None and pictures > limit:
                return
        yield name, found


def _in_order(
    pool: ThreadPoolExecutor, files: Iterable[Found]
) -> Iterator[tuple[str, bytes | str, NDArray[np.uint8] | str]]:
    """Decode a few files ahead, so that compressed and decoded data do not both lie in memory whole."""
    files = iter(files)
    while group := list(islice(files, 256)):
        decoded = pool.map(
            lambda found: found if isinstance(found, str) else planes_of(found), [one for _, one in group]
        )
        for (name, found), result in zip(group, decoded, strict=True):
            yield name, found, result


def _decoded(found: bytes | str) -> NDArray[np.uint8] | str:
    return planes_of(found) if isinstance(found, bytes) else found
