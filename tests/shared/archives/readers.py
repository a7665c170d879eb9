"""Archives in memory, for the indexes to read, and one entry by its locator."""

from shared.archives.entries import ArchiveLimits, Locator
from shared.archives.errors import ArchiveTruncated, EntryError
from shared.archives.extracting import read_entries
from shared.archives.reader import RangeSource


class BytesReader:
    def __init__(self, content: bytes) -> None:
        self.size = len(content)
        self._content = content

    async def read(self, offset: int, length: int) -> bytes:
        if offset + length > self.size:
            raise ArchiveTruncated(f"The archive has {self.size} bytes; {length} from {offset} on were asked for.")
        return self._content[offset : offset + length]


async def read_entry(source: RangeSource, locator: Locator, limits: ArchiveLimits | None = None) -> bytes:
    """The content of one entry, checked. Raises `EntryError`."""
    ((_, content),) = [entry async for entry in read_entries(source, [locator], limits)]
    if isinstance(content, EntryError):
        raise content
    return content
