"""A tar as it is walked: forward, and once. Over a plain one it costs nothing to step over data."""

from typing import Protocol

from shared.archives.errors import ArchiveTruncated
from shared.archives.reader import Reader


class Tape(Protocol):
    """`position`: how many bytes of the tar lie behind. Both calls raise `ArchiveTruncated` where it is shorter."""

    position: int

    async def read(self, length: int) -> bytes:
        """The next `length` bytes."""

    async def skip(self, length: int) -> None:
        """Step over the next `length` bytes."""


class ReaderTape:
    """A plain tar, wherever it lies."""

    def __init__(self, reader: Reader) -> None:
        self.position = 0
        self._reader = reader

    async def read(self, length: int) -> bytes:
        begin = self.position
        await self.skip(length)
        return await self._reader.read(begin, length)

    async def skip(self, length: int) -> None:
        if self.position + length > self._reader.size:
            raise ArchiveTruncated("The tar breaks off: its end mark is missing.")
        self.position += length
