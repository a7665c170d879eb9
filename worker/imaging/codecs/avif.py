"""AVIF: AV1 pictures in ISO boxes (ISO/IEC 14496-12, AV1 Image File Format 1.1).

Written without loss unless a quality is given: nearly every AVIF is lossy, and its quality cannot be read from it.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from PIL import AvifImagePlugin, Image

from worker.imaging.codecs.painted import Painted
from worker.imaging.codecs.reader import EIGHT_BITS, Reader, refuse_animation
from worker.imaging.facts import Buffer

LONGEST_SIDE = 32768
"""The limit of libavif, on which most readers are based. The format itself allows twice as much."""

MOST_PIXELS = 64_000_000
BYTES_PER_PIXEL = 60
"""Of address space, measured with alpha. `MOST_PIXELS` keeps the total near that of the other formats."""

LOSSLESS = 100
_SPEED = 9  # The files are hardly larger than at 6, which takes three times as long.

_BRANDS = {b"avif", b"avis"}
_GENERIC_BRANDS = {b"mif1", b"msf1"}

_FULL_BOX_HEADER = 4
_CONTAINERS = {b"meta": _FULL_BOX_HEADER, b"iprp": 0, b"ipco": 0}
"""The boxes that lead to the properties of the pictures, and the length of what precedes their content."""

_MOST_BOXES = 4096

# One thread per picture: other cores have their own decoder processes, and threads take address space.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1


def matches(head: bytes) -> bool:
    """By the `ftyp` box: its major brand or, if that is a generic one, its compatible brands."""
    if head[4:8] != b"ftyp":
        return False
    size, major = int.from_bytes(head[:4], "big"), head[8:12]
    compatible = {head[at : at + 4] for at in range(16, min(size, len(head)), 4)}
    return major in _BRANDS or (major in _GENERIC_BRANDS and not _BRANDS.isdisjoint(compatible))


def write(painted: Painted, out: BinaryIO) -> None:
    """Chroma is not subsampled: colors clipped at half the resolution would change the luma of their neighbors."""
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
    except RuntimeError as error:  # Within the limits above, the encoder fails only for lack of memory.
        raise MemoryError("the AVIF encoder failed") from error


def _is_parsable(exif: bytes) -> bool:
    """Pillow's writer parses EXIF to move the orientation into the AVIF's properties, and raises if it cannot."""
    try:
        Image.Exif().load(exif)
    except Exception:  # Hostile bytes make Pillow's parsers raise nearly anything.
        return False
    return True


def _bits_per_sample(_: Image.Image, source: Buffer) -> int:
    """The maximum over all pictures in the file, by their codec configurations (`av1C`)."""
    flags = [source[at + 2] for name, at, _ in _boxes(source, 0, len(source)) if name == b"av1C"]
    if not flags:
        raise ValueError("no av1C box found")
    return max(12 if flag & 0x20 else 10 if flag & 0x40 else EIGHT_BITS for flag in flags)


def _boxes(source: Buffer, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, and start and end of the content, of each box down to the properties. Stops at an invalid box."""
    number = 0
    stack = [(start, stop)]
    while stack:
        at, stop = stack.pop()
        while at + 8 <= stop and (number := number + 1) <= _MOST_BOXES:
            name, content, end = _box(source, at, stop)
            if not content <= end <= stop:
                break
            yield name, content, end
            if name in _CONTAINERS:
                stack.append((content + _CONTAINERS[name], end))
            at = end


def _box(source: Buffer, at: int, stop: int) -> tuple[bytes, int, int]:
    (size,) = struct.unpack_from(">L", source, at)
    name, content = bytes(source[at + 4 : at + 8]), at + 8
    if size == 1 and content + 8 <= stop:
        (size,) = struct.unpack_from(">Q", source, content)
        content += 8
    return name, content, at + size if size else stop


READER = Reader(bits_per_sample=_bits_per_sample, refuse_several=refuse_animation)
