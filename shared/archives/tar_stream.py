"""A tar as it is read: forward, and once. In a plain tar, skipping data costs nothing."""

from typing import Protocol

from shared.archives.errors import ArchiveTruncated
from shared.archives.reader import Reader


class TarStream(Protocol):
    """`position`: how many bytes were read or skipped. Both calls raise `ArchiveTruncated` at the end of the file."""

    position: int

    async def read(self, length: int) -> bytes:
        """The next `length` bytes."""

    async def skip(self, length: int) -> None:
        """Skip the next `length` bytes."""


class PlainTarStream:
    """An uncompressed tar."""

    def __init__(self, reader: Reader) -> None:
        self.position = 0
        self._reader = reader

    async def read(self, length: int) -> bytes:
        begin = self.position
        await self.skip(length)
        return await self._reader.read(begin, length)

    async def skip(self, length: int) -> None:
        if self.position + length > self._reader.size:
            raise ArchiveTruncated("The tar is cut off: its end marker is missing.")
        self.position += length
