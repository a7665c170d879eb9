"""The chunks of a PNG."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from worker.imaging.facts import Buffer

SIGNATURE = b"\x89PNG\r\n\x1a\n"
TEXTS = {b"tEXt", b"zTXt", b"iTXt"}

_OVERHEAD = 12
_LEAST_BYTES = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9, b"iCCP": 3}
"""Pillow refuses a picture with a shorter one of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A chunk with its place in the source. `data` is a view of it."""

    name: bytes
    data: memoryview
    checksum: int
    start: int
    stop: int

    @property
    def is_usable(self) -> bool:
        """False for an ancillary chunk with a wrong checksum or too few bytes: the pixels can be read without it."""
        if self.name[0] & 0x20 == 0:
            return True
        enough = len(self.data) >= _LEAST_BYTES.get(self.name, 0)
        return enough and zlib.crc32(self.data, zlib.crc32(self.name)) == self.checksum


def chunks_of(source: Buffer) -> Iterator[Chunk]:
    """All whole chunks, in order. Stops behind IEND."""
    view, at, name = memoryview(source).cast("B"), len(SIGNATURE), b""
    while at + _OVERHEAD <= len(view) and name != b"IEND":
        length, name = int.from_bytes(view[at : at + 4], "big"), bytes(view[at + 4 : at + 8])
        stop = at + length + _OVERHEAD
        if stop > len(view):
            return
        checksum = int.from_bytes(view[stop - 4 : stop], "big")
        yield Chunk(name=name, data=view[at + 8 : stop - 4], checksum=checksum, start=at, stop=stop)
        at = stop


def without_unusable(source: Buffer) -> Buffer:
    """The source without its damaged ancillary chunks, as libpng reads it."""
    damaged = [(chunk.start, chunk.stop) for chunk in chunks_of(source) if not chunk.is_usable]
    if not damaged:
        return source
    pieces, position = [], 0
    for start, stop in damaged:
        pieces.append(source[position:start])
        position = stop
    return b"".join([*pieces, source[position:]])
