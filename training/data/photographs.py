"""The training set in memory: photographs of a folder, of tar shards or of a list, as luma and ab planes of one byte.

A file that cannot be trained on is skipped and reported with its name and the reason; it never ends a run. Which files
there are is up to `files.py`. Nothing here is random.
"""

import hashlib
import io
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from training.data.files import HIDDEN, NOT_READABLE, OTHER_FORMAT, SourceFile, has_picture_name, source_files
from worker.colorizer.color import lab_from_rgb
from worker.imaging import MAX_PIXELS

AB_OFFSET = 128  # A byte of the ab planes, minus this, is a or b in Lab units.
MAX_SHORT_SIDE = 256
MAX_WHOLE_PIXELS = 50_000_000  # Larger pictures, up to the service's limit, are reduced while they are read.
MIN_CHROMA = 2.0  # Mean chroma below which a picture counts as gray.
NO_COLOR = "no color"
TOO_LARGE = "too large"
_LARGE_PICTURE_LOCK = threading.Lock()  # One at a time: a PNG of 200 megapixels, decoded whole, takes 800 MB.


@dataclass(frozen=True)
class Photograph:
    """`planes` is uint8 [H, W, 3]: Pillow's luma, then a and b shifted by `AB_OFFSET`."""

    name: str
    planes: NDArray[np.uint8]


@dataclass(frozen=True)
class Skipped:
    """A file that is not used, and why."""

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
        """How many files were skipped for each reason."""
        return Counter(file.reason for file in self.skipped)

    def split(self, held_out: set[str]) -> tuple[list[Photograph], list[Photograph]]:
        """The photographs to train on and those that are held out."""
        train = [photograph for photograph in self.photographs if photograph.name not in held_out]
        return train, [photograph for photograph in self.photographs if photograph.name in held_out]


def load_photographs(
    source: Path, *, limit: int | None = None, threads: int = 2, on_read: Callable[[int], None] = lambda _: None
) -> PhotographSet:
    """Read a folder of pictures (any depth), a folder of tar shards, one shard, or a list of files (`.txt`).

    `limit` counts the pictures that are read; `on_read` gets the number of photographs so far. Raises FileNotFoundError
    if the source holds none.
    """
    loaded = PhotographSet()
    digest = hashlib.sha256()
    with ThreadPoolExecutor(threads) as pool:
        for name, content, result in _in_order(pool, _limited(source_files(source), limit)):
            if isinstance(content, bytes):
                digest.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
            if isinstance(result, str):
                loaded.skipped.append(Skipped(name, result))
            else:
                loaded.photographs.append(Photograph(name, result))
                on_read(len(loaded.photographs))
    loaded.sha256 = digest.hexdigest()
    return loaded


def read_files(source: Path, skipped: Counter[str] | None = None) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the pictures among `files.source_files`.

    Pictures that could not be read are counted in `skipped`; hidden files and other formats are not. Raises
    FileNotFoundError if the source holds no picture.
    """
    skipped = Counter() if skipped is None else skipped
    for name, content in source_files(source):
        if isinstance(content, bytes):
            yield name, content
        elif content not in (HIDDEN, OTHER_FORMAT):
            skipped[content] += 1


def picture_files(folder: Path) -> list[Path]:
    """The pictures by suffix, at any depth, sorted; hidden ones are left out."""
    names = (PurePosixPath(path.relative_to(folder).as_posix()) for path in folder.rglob("*"))
    return sorted(folder / name for name in names if has_picture_name(name))


def planes_of(content: bytes) -> NDArray[np.uint8] | str:
    """Decode to luma and ab planes, or return the reason why not."""
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
    """Decode as a viewer shows it, by EXIF orientation, or return the reason why not.

    A picture over `MAX_WHOLE_PIXELS` is reduced while it is read, to a short side of at least `short_side`. If that is
    None, it is too large.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            pixels = image.width * image.height
            if pixels <= MAX_WHOLE_PIXELS:
                return ImageOps.exif_transpose(image).convert("RGB")
            if pixels > MAX_PIXELS or short_side is None:
                return TOO_LARGE
            with _LARGE_PICTURE_LOCK:
                return ImageOps.exif_transpose(_reduced_rgb(image, short_side))
    except Exception:  # Decoders raise anything for damaged files; none of it may end a run of hours.
        return NOT_READABLE


def _reduced_rgb(image: Image.Image, short_side: int) -> Image.Image:
    image.draft(None, (short_side, short_side))  # Decodes a JPEG at down to an eighth of its size.
    rgb = image if image.mode == "RGB" else image.convert("RGB")
    return rgb.reduce(max(1, min(rgb.size) // short_side))


def is_colorless(ab: NDArray[np.float32]) -> bool:
    """Whether [H, W, 2] ab in Lab units is that of a gray picture saved as RGB."""
    return float(np.hypot(ab[..., 0], ab[..., 1]).mean()) < MIN_CHROMA


def _limited(files: Iterable[SourceFile], limit: int | None) -> Iterator[SourceFile]:
    pictures = 0
    for name, content in files:
        if isinstance(content, bytes):
            pictures += 1
            if limit is not None and pictures > limit:
                return
        yield name, content


def _in_order(
    pool: ThreadPoolExecutor, files: Iterable[SourceFile]
) -> Iterator[tuple[str, bytes | str, NDArray[np.uint8] | str]]:
    """Decode in groups, so that memory never holds all compressed and all decoded data at once."""
    files = iter(files)
    while group := list(islice(files, 256)):
        decoded = pool.map(_decoded, [content for _, content in group])
        for (name, content), result in zip(group, decoded, strict=True):
            yield name, content, result


def _decoded(content: bytes | str) -> NDArray[np.uint8] | str:
    return planes_of(content) if isinstance(content, bytes) else content
