"""AVIF: AV1 pictures in ISO boxes (ISO/IEC 14496-12, AV1 Image File Format 1.1).

Written without loss unless a quality is asked for: nearly every AVIF is a lossy one, and how lossy cannot be told.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from PIL import AvifImagePlugin, Image

from worker.imaging.codecs.painted import Painted
from worker.imaging.codecs.reader import EIGHT_BITS, Reader, refuse_animation
from worker.imaging.facts import Buffer

LONGEST_SIDE = 32768
"""What readers based on libavif accept; the format has room for twice as much."""

MOST_PIXELS = 64_000_000
"""Beyond, the encoder needs more memory than a decoder child may take."""

LOSSLESS = 100
_SPEED = 9  # The files are hardly larger than at 6, which takes three times as long.

_BRANDS = {b"avif", b"avis"}
_GENERIC_BRANDS = {b"mif1", b"msf1"}

_FULL_BOX_HEADER = 4
_CONTAINERS = {b"meta": _FULL_BOX_HEADER, b"iprp": 0, b"ipco": 0}
"""The boxes on the way to the properties of the pictures, and what precedes the boxes in them."""

_MOST_BOXES = 4096

# One thread for each picture: the other cores have decoder children of their own, and a thread takes address space.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1


def matches(head: bytes) -> bool:
    """By the `ftyp` box: its major brand, or one of those it is compatible with where the major one is generic."""
    if head[4:8] != b"ftyp":
        return False
    size, major = int.from_bytes(head[:4], "big"), head[8:12]
    compatible = {head[at : at + 4] for at in range(16, min(size, len(head)), 4)}
    return major in _BRANDS or (major in _GENERIC_BRANDS and not _BRANDS.isdisjoint(compatible))


def write(painted: Painted, out: BinaryIO) -> None:
    """With a color for every pixel: at half the resolution, colors that are cut off would take luma with them."""
    metadata = painted.metadata
    if not _is_parsable(metadata.get("exif", b"")):
        del metadata["exif"]
    try:
        painted.image.save(
            out,
            "AVIF",
            **metadata,
            xmp=painted.xmp,
            quality=LOSSLESS if painted.quality is None else painted.quality,
            subsampling="4:4:4",
            speed=_SPEED,
            max_threads=1,
            autotiling=False,  # Tiles are for threads; without them files are smaller.
        )
    except RuntimeError as error:  # Of a picture within the limits, the encoder fails only for lack of memory.
        raise MemoryError("the AVIF encoder failed") from error


def _is_parsable(exif: bytes) -> bool:
    """Pillow's writer parses EXIF to move the orientation into a property of the picture, and fails if it cannot."""
    try:
        Image.Exif().load(exif)
    except Exception:  # Hostile bytes make Pillow's parsers raise nearly anything.
        return False
    return True


def _bits_per_sample(_: Image.Image, source: Buffer) -> int:
    """The most that any picture in the file has, by the configurations of their codecs (`av1C`)."""
    flags = [source[at + 2] for name, at, _ in _boxes(source, 0, len(source)) if name == b"av1C"]
    if not flags:
        raise ValueError("no codec configuration")
    return max(12 if flag & 0x20 else 10 if flag & 0x40 else EIGHT_BITS for flag in flags)


def _boxes(source: Buffer, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of each box's content, down to the properties. IndexError or struct.error at nonsense."""
    number = 0
    stack = [(start, stop)]
    while stack:
        at, stop = stack.pop()
        while at + 8 <= stop and (number := number + 1) <= _MOST_BOXES:
            name, content, end = _box(source, at, stop)
            yield name, content, end
            if name in _CONTAINERS:
                stack.append((content + _CONTAINERS[name], end))
            at = end


def _box(source: Buffer, at: int, stop: int) -> tuple[bytes, int, int]:
    (size,) = struct.unpack_from(">L", source, at)
    name, content = bytes(source[at + 4 : at + 8]), at + 8
    if size == 1:
        (size,) = struct.unpack_from(">Q", source, content)
        content += 8
    end = at + size if size else stop
    if not content <= end <= stop:
        raise ValueError(f"a box {name!r} ends at {end}, not between {content} and {stop}")
    return name, content, end


READER = Reader(bits_per_sample=_bits_per_sample, refuse_several=refuse_animation)
