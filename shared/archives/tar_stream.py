"""A tar as it is read: forward, and once. In a plain tar, skipping data costs nothing."""

from typing import Protocol

from shared.archives.errors import ArchiveTruncated
from shared.archives.reader import Reader
from shared.archives.tar_header import BLOCK

_PIECE_BYTES = 64 * 1024


class TarStream(Protocol):
    """`position`: how many bytes were read or skipped. `read` and `skip` raise `ArchiveTruncated` at the end of the
    file.
    """

    position: int

    async def read(self, length: int) -> bytes:
        """The next `length` bytes."""

    async def skip(self, length: int) -> None:
        """Skip the next `length` bytes."""

    async def next_used_block(self) -> bytes:
        """The next block that is not all zeros, shorter at the end of the file. Empty if only zeros follow."""

    async def drain(self) -> int:
        """Read what is left. The number of its bytes."""


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

    async def next_used_block(self) -> bytes:
        while left := self._reader.size - self.position:
            piece = await self._reader.read(self.position, min(left, _PIECE_BYTES))
            zeros = len(piece) - len(piece.lstrip(b"\0"))
            if zeros < len(piece):
                begin = zeros - zeros % BLOCK
                block = piece[begin : begin + BLOCK]
                self.position += begin + len(block)
                return block
            self.position += len(piece)
        return b""

    async def drain(self) -> int:
        left = self._reader.size - self.position
        self.position += left
        return left
