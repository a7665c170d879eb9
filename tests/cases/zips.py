"""C: what programs that write zips get wrong."""

import asyncio
import struct
import zlib
from collections.abc import Callable

from shared.archives.entries import Entry
from shared.archives.errors import ArchiveError
from shared.archives.zip_index import zip_entries
from tests.cases.case import Case
from tests.shared.archives.making import collect
from tests.shared.archives.readers import read_entry

GiB = 1 << 30
_WRAP = 1 << 32


class SparseZip:
    """A zip of any size: what was not written reads as zeros. Sizes and offsets wrap, and there is no zip64."""

    def __init__(self) -> None:
        self.size = 0
        self._segments: list[tuple[int, bytes]] = []
        self._directory = b""
        self._entries = 0

    async def read(self, offset: int, length: int) -> bytes:
        content = bytearray(length)
        for begin, segment in self._segments:
            first, last = max(begin, offset), min(begin + len(segment), offset + length)
            if first < last:
                content[first - offset : last - offset] = segment[first - begin : last - begin]
        return bytes(content)

    async def get_range(self, key: str, offset: int, length: int) -> bytes:
        return await self.read(offset, length)

    def picture(self, name: bytes, content: bytes) -> None:
        deflater = zlib.compressobj(wbits=-15)
        data = deflater.compress(content) + deflater.flush()
        begin = self._begin(name, 8)
        self._append(data)
        self._finish(name, 8, begin, zlib.crc32(content), len(data), len(content))

    def film(self, name: bytes, size: int) -> None:
        """An entry of zeros, stored."""
        begin = self._begin(name, 0)
        self.size += size
        self._finish(name, 0, begin, 0, size, size)

    def finish(self) -> "SparseZip":
        offset, directory = self.size, self._directory
        self._append(directory)
        counts = (self._entries, self._entries, len(directory), offset % _WRAP, 0)
        self._append(struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, *counts))
        return self

    def _append(self, content: bytes) -> None:
        self._segments.append((self.size, content))
        self.size += len(content)

    def _begin(self, name: bytes, method: int) -> int:
        begin = self.size
        self._append(struct.pack("<4s5H3L2H", b"PK\3\4", 20, 8, method, 0, 0x5A21, 0, 0, 0, len(name), 0) + name)
        return begin

    def _finish(self, name: bytes, method: int, begin: int, crc32: int, length: int, size: int) -> None:
        sizes = (crc32, length % _WRAP, size % _WRAP)
        self._append(struct.pack("<4s3L", b"PK\7\10", *sizes))
        record = struct.pack("<4s2B5H3L", b"PK\1\2", 21, 3, 20, 8, method, 0, 0x5A21, *sizes)
        record += struct.pack("<5H2L", len(name), 0, 0, 0, 0, 0o100644 << 16, begin % _WRAP)
        self._directory += record + name
        self._entries += 1


def of_films(*sizes: int) -> SparseZip:
    """Pictures around and between films."""
    archive = SparseZip()
    archive.picture(b"Scans/before.jpg", b"before" * 100)
    for number, size in enumerate(sizes):
        archive.film(b"Scans/film%d.mov" % number, size)
        archive.picture(b"Scans/after%d.jpg" % number, b"after %d" % number)
    return archive.finish()


def read(archive: SparseZip) -> str:
    """The contents of all pictures, by their locators."""

    async def contents() -> list[str]:
        entries: list[Entry] = await collect(zip_entries(archive))
        return [
            f"{entry.name} {zlib.crc32(await read_entry(archive, entry.locator('the zip'))):08x}"
            for entry in entries
            if entry.is_picture
        ]

    try:
        return ", ".join(asyncio.run(contents()))
    except ArchiveError as error:
        return f"the job fails: {error.code}"


def contents_of(films: int) -> str:
    after = [f"Scans/after{number}.jpg {zlib.crc32(b'after %d' % number):08x}" for number in range(films)]
    return ", ".join([f"Scans/before.jpg {zlib.crc32(b'before' * 100):08x}", *after])


def case(name: str, situation: str, *films: int) -> Case:
    check: Callable[[], str] = lambda: read(of_films(*films))  # noqa: E731
    return Case(letter="C", name=name, situation=situation, right=contents_of(len(films)), check=check)


CASES = [
    case("mac_archive_utility_100mb", "A zip of macOS's Archive Utility below 4 GiB: the control.", 100 << 20),
    case(
        "mac_archive_utility_4gb",
        "Above 4 GiB, without zip64: offsets step back at the mark.",
        *[600 << 20] * 7,
    ),
    case("mac_archive_utility_13gb", "Above 12 GiB: offsets step back three times.", *[600 << 20] * 23),
    case("mac_archive_utility_large_film", "A film of 5 GiB: its own size wraps, and no offset steps back.", 5 * GiB),
    case(
        "mac_archive_utility_large_films",
        "Films of 9 and 4 GiB among others.",
        GiB,
        9 * GiB,
        2 * GiB,
        4 * GiB,
        3 * GiB,
    ),
]
