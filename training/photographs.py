"""The training set in memory: photographs of a folder, of tar shards or of a list, as luma and ab planes of one byte.

Unreadable and colorless files are skipped and counted, never fatal. Nothing here is random.
"""

import hashlib
import io
import tarfile
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from worker.colorizer.color import lab_from_rgb

AB_OFFSET = 128  # A byte of the ab planes, minus this, is a or b in Lab units.
MAX_SHORT_SIDE = 256
MAX_PIXELS = 50_000_000
MIN_CHROMA = 2.0  # Mean chroma below which a picture counts as gray.
NO_COLOR = "no color"
_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}


@dataclass(frozen=True)
class Photograph:
    """`planes` is uint8 [H, W, 3]: Pillow's luma, then a and b shifted by `AB_OFFSET`."""

    name: str
    planes: NDArray[np.uint8]


@dataclass
class PhotographSet:
    """Photographs in the order of their names; `sha256` covers the names and bytes of all of them."""

    photographs: list[Photograph] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    sha256: str = ""

    @property
    def reasons(self) -> str:
        """Why how many were skipped, for people."""
        return ", ".join(f"{count} {reason}" for reason, count in self.skipped.items())

    def split(self, held_out: set[str]) -> tuple[list[Photograph], list[Photograph]]:
        """The photographs to train on and those that are held out."""
        train = [photograph for photograph in self.photographs if photograph.name not in held_out]
        return train, [photograph for photograph in self.photographs if photograph.name in held_out]


def load_photographs(source: Path, *, limit: int | None = None, threads: int = 2) -> PhotographSet:
    """Read a folder of pictures (any depth), a folder of tar shards, one shard, or a list of files (`.txt`).

    Raises FileNotFoundError if there is nothing to read there.
    """
    loaded = PhotographSet()
    digest = hashlib.sha256()
    with ThreadPoolExecutor(threads) as pool:
        for name, content, result in _in_order(pool, islice(read_files(source, loaded.skipped), limit)):
            digest.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
            if isinstance(result, str):
                loaded.skipped[result] += 1
            else:
                loaded.photographs.append(Photograph(name, result))
    loaded.sha256 = digest.hexdigest()
    return loaded


def read_files(source: Path, skipped: Counter[str] | None = None) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the picture files there, sorted by name; a list gives its own names and order.

    Lines of a list are paths from the list's folder. What the file system or a damaged shard does not give is
    counted in `skipped`. Raises FileNotFoundError if there is nothing to read there.
    """
    skipped = Counter() if skipped is None else skipped
    shards = [source] if source.suffix == ".tar" else sorted(source.glob("*.tar"))
    if shards:
        for shard in shards:
            yield from _read_shard(shard, skipped)
    else:
        yield from _read_paths(source, skipped)


def _read_shard(shard: Path, skipped: Counter[str]) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(shard) as archive:
            members = [entry for entry in archive.getmembers() if Path(entry.name).suffix.lower() in _SUFFIXES]
            for member in sorted(members, key=lambda entry: entry.name):
                if (stream := archive.extractfile(member)) is not None:
                    yield f"{shard.name}/{member.name}", stream.read()
    except tarfile.TarError:
        skipped["damaged shard"] += 1


def _read_paths(source: Path, skipped: Counter[str]) -> Iterator[tuple[str, bytes]]:
    if source.suffix == ".txt":
        root, names = source.parent, source.read_text().splitlines()
    else:
        root = source
        names = [path.relative_to(source).as_posix() for path in picture_files(source)]
    if not names:
        raise FileNotFoundError(f"{source} holds neither pictures nor tar shards")
    for name in names:
        try:
            content = (root / name).read_bytes()
        except OSError:
            skipped["not found"] += 1
            continue
        yield name, content


def picture_files(folder: Path) -> list[Path]:
    """By suffix, at any depth, sorted."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)


def planes_of(content: bytes) -> NDArray[np.uint8] | str:
    """Decode to luma and ab planes, or say in two words why not."""
    rgb = upright_rgb(content)
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


def upright_rgb(content: bytes) -> Image.Image | str:
    """Decode as a viewer shows it, by EXIF orientation, or say in two words why not."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.width * image.height > MAX_PIXELS:
                return "too large"
            return ImageOps.exif_transpose(image).convert("RGB")
    except Exception:  # Decoders raise what they like for damaged files, and none may end a run of hours.
        return "not readable"


def is_colorless(ab: NDArray[np.float32]) -> bool:
    """Whether [H, W, 2] in Lab units is a gray picture in an RGB wrapper."""
    return float(np.hypot(ab[..., 0], ab[..., 1]).mean()) < MIN_CHROMA


def _in_order(
    pool: ThreadPoolExecutor, files: Iterable[tuple[str, bytes]]
) -> Iterator[tuple[str, bytes, NDArray[np.uint8] | str]]:
    """Decode a few files ahead, so that compressed and decoded data do not both lie in memory whole."""
    files = iter(files)
    while group := list(islice(files, 256)):
        decoded = pool.map(planes_of, [content for _, content in group])
        for (name, content), result in zip(group, decoded, strict=True):
            yield name, content, result
