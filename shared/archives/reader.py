"""Random access to an archive in constant memory: the port that the indexes read through."""

from typing import Protocol, Self

from shared.archives.errors import ArchiveTruncated
from shared.storage.errors import ObjectTooShort
from shared.storage.protocol import ObjectStorage

SMALLEST_WINDOW = 64 * 1024
LARGEST_WINDOW = 2 * 1024**2


class Reader(Protocol):
    size: int

    async def read(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes. Raises `ArchiveTruncated` if the archive ends before."""


class RangeSource(Protocol):
    """The part of `ObjectStorage` that reading needs."""

    async def get_range(self, key: str, offset: int, length: int) -> bytes:
        """Exactly `length` bytes. Raises `ObjectNotFound`, `ObjectTooShort`."""


class StorageReader:
    """Reads an object through one window, which grows while reads are sequential and shrinks when they jump.

    So the index of a zip takes a few large ranged GETs, and a tar of large files many small ones: only its headers.
    """

    def __init__(self, storage: RangeSource, key: str, size: int) -> None:
        self.size = size
        self._storage = storage
        self._key = key
        self._window = b""
        self._start = 0
        self._reach = SMALLEST_WINDOW

    @classmethod
    async def open(cls, storage: ObjectStorage, key: str) -> Self:
        """Raises `ObjectNotFound`."""
        return cls(storage, key, (await storage.head(key)).size)

    async def read(self, offset: int, length: int) -> bytes:
        _check_range(self.size, offset, length)
        end = self._start + len(self._window)
        if not (self._start <= offset and offset + length <= end):
            await self._move(offset, length, sequential=self._start <= offset <= end + self._reach)
        begin = offset - self._start
        return self._window[begin : begin + length]

    async def _move(self, offset: int, length: int, *, sequential: bool) -> None:
        self._reach = min(2 * self._reach, LARGEST_WINDOW) if sequential else SMALLEST_WINDOW
        length = min(max(self._reach, length), self.size - offset)
        self._window = b""  # Freed first, so that two are never held at once.
        try:
            self._window = await self._storage.get_range(self._key, offset, length)
        except ObjectTooShort as error:
            raise ArchiveTruncated("The archive was replaced by a shorter one while it was read.") from error
        self._start = offset


def _check_range(size: int, offset: int, length: int) -> None:
    if offset + length > size:
        raise ArchiveTruncated(f"The archive has {size} bytes, but its index points to byte {offset + length}.")
