"""Archives for benchmarks and tests: real photographs in mixed formats, sizes and folders, with junk among them.

The photographs are crops of the public-domain ones in `examples/`, or come from a folder. The same seed gives the same
archive.
"""

import io
import random
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

EXAMPLES = Path(__file__).resolve().parents[1] / "examples" / "photographs"
FORMATS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "bmp": "BMP", "tif": "TIFF"}
MEDIA_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "bmp": "image/bmp", "tif": "image/tiff"}


@dataclass(frozen=True)
class Entry:
    """One entry of a generated archive, and its expected outcome."""

    name: str
    content: bytes
    state: str
    code: str | None = None
    size: tuple[int, int] | None = None


@cache
def _scans() -> tuple[Image.Image, ...]:
    return tuple(Image.open(path).convert("L") for path in sorted(EXAMPLES.rglob("*.jpg")))


def photograph(rng: random.Random, longest: int = 400) -> Image.Image:
    """A crop of one of the scans, its sides between a quarter of `longest` and `longest`."""
    scan = rng.choice(_scans())
    width = min(rng.randint(longest // 4, longest), scan.width)
    height = min(rng.randint(longest // 4, longest), scan.height)
    left, top = rng.randint(0, scan.width - width), rng.randint(0, scan.height - height)
    return scan.crop((left, top, left + width, top + height))


def encode(picture: Image.Image, extension: str) -> bytes:
    out = io.BytesIO()
    options = {"lossless": True} if extension == "webp" else {"quality": 90} if extension == "jpg" else {}
    picture.save(out, FORMATS[extension], **options)
    return out.getvalue()


def photographs(count: int, *, seed: int = 1, longest: int = 400) -> Iterator[Entry]:
    """`count` crops of the example scans, in folders within folders."""
    rng = random.Random(seed)
    for index in range(count):
        yield as_entry(photograph(rng, longest), index, rng)


def as_entry(picture: Image.Image, index: int, rng: random.Random) -> Entry:
    """A gray picture as a scanner might save it: in any format, a third of them as RGB, in a nested folder."""
    extension = rng.choice(list(FORMATS))
    if extension == "webp" or rng.random() < 0.3:
        picture = picture.convert("RGB")
    folder = "/".join(f"{level}{rng.randint(1, 3)}" for level in ("box ", "Mappe ü", "é")[: rng.randint(0, 3)])
    name = f"{folder}/scan {index:04d}.{extension}".lstrip("/")
    return Entry(name, encode(picture, extension), "succeeded", size=picture.size)


def junk(seed: int = 1) -> list[Entry]:
    """Entries that are not pictures, or are damaged ones."""
    rng = random.Random(seed)
    whole = encode(photograph(rng), "jpg")
    oversized = bytearray(encode(photograph(rng), "png"))
    oversized[16:24] = (60_000).to_bytes(4, "big") * 2  # A false width and height, with a matching checksum.
    oversized[29:33] = zlib.crc32(oversized[12:29]).to_bytes(4, "big")
    return [
        Entry("__MACOSX/._scan 0001.jpg", b"\x00\x05\x16\x07", "skipped", "system_file"),
        Entry("box 1/readme.txt", b"About these scans.", "skipped", "not_an_image"),
        Entry("box 1/", b"", "skipped", "directory"),
        Entry("box 2/truncated.jpg", whole[: len(whole) // 2], "failed", "corrupt_image"),
        Entry("box 2/liar.png", bytes(oversized), "failed", "image_too_large"),
        Entry("box 2/no picture at all.png", b"not a PNG", "failed", "unsupported_format"),
    ]


def numbered_name(number: int) -> str:
    """The name of an entry of a `numbered_zip`."""
    return f"box-{number // 500:03d}/glass negative {number:06d}.jpg"


def numbered_zip(path: Path, count: int, contents: Sequence[bytes]) -> Path:
    """Write a zip of `count` entries that cycle through `contents`: a hundred thousand in two seconds."""
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(count):
            archive.writestr(numbered_name(number), contents[number % len(contents)])
    return path


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    """A picture of gray noise, which hardly compresses in any format."""
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8))


def write_zip(path: Path, entries: list[Entry]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in entries:
            archive.writestr(zipfile.ZipInfo(entry.name), entry.content)
    return path


def mixed_zip(path: Path, pictures: Iterable[Entry], *, seed: int = 1) -> list[Entry]:
    """Write a zip of good pictures with junk among them; return its entries in order."""
    entries = list(pictures)
    step = max(len(entries) // 6, 1)
    for position, entry in enumerate(junk(seed)):
        entries.insert(position * step, entry)
    write_zip(path, entries)
    return entries
