"""Zips of more than 4 GiB without zip64, as macOS's Archive Utility writes them: of sizes and offsets only the lower 32
bits are left. The entries follow each other in the order of the directory, so the rest can be inferred.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from shared.archives.errors import ArchiveUnsupported
from shared.archives.reader import Reader
from shared.archives.zip_directory import Directory
from shared.archives.zip_records import LOCAL_HEADER_BYTES, Record, read_records

_WRAP = 1 << 32
# Headers that are read to find entries of more than 4 GiB, whose wraps leave no trace in the directory.
_MOST_PROBES = 50_000


async def true_records(reader: Reader, directory: Directory) -> tuple[int, AsyncGenerator[Record, None]]:
    """How many bytes precede the archive, and its records with their true offsets and lengths.

    Where nothing wrapped, these are the directory's own: a zip behind a prefix of gigabytes is none of macOS's.
    """
    prefix, wraps = directory.prefix % _WRAP, directory.prefix // _WRAP
    if directory.zip64 or not wraps:
        return directory.prefix, read_records(reader, directory)
    steps, first = 0, None
    async with aclosing(read_records(reader, directory)) as records:
        previous = 0
        async for record in records:
            first = first or record
            steps += record.offset < previous
            previous = record.offset
    probe = _Probe(reader, prefix, directory.offset)
    if first is None or steps > wraps or not await probe.finds(first, first.offset):
        return directory.prefix, read_records(reader, directory)
    return prefix, _unwrapped(directory, probe, hidden=wraps - steps)


class _Probe:
    def __init__(self, reader: Reader, prefix: int, end: int) -> None:
        self.prefix = prefix
        self.reader = reader
        self._end = end
        self._left = _MOST_PROBES

    async def finds(self, record: Record, offset: int) -> bool:
        """Whether the record's entry begins at the offset. Raises `ArchiveUnsupported` after too many attempts."""
        if not self._left:
            raise ArchiveUnsupported("It has more than 4 GiB and no zip64 index; write it with another program.")
        self._left -= 1
        begin, length = self.prefix + offset, LOCAL_HEADER_BYTES + len(record.name)
        if begin + length > self._end:
            return False
        header = await self.reader.read(begin, length)
        return header.startswith(b"PK\x03\x04") and header.endswith(record.name)


async def _unwrapped(directory: Directory, probe: _Probe, hidden: int) -> AsyncGenerator[Record, None]:
    """`hidden` wraps do not show as a step back of the offsets: they are within entries of more than 4 GiB."""
    base, last = 0, None
    async with aclosing(read_records(probe.reader, directory)) as records:
        async for record in records:
            if last is not None:
                base += _WRAP * (record.offset + base < last.offset)
                wraps = await _hidden_before(record, base, probe, hidden) if hidden else 0
                base, hidden = base + _WRAP * wraps, hidden - wraps
                yield _with_length(last, record.offset + base)
            last = record._replace(offset=record.offset + base)
    if last is not None:
        yield _with_length(last, directory.offset - probe.prefix)


async def _hidden_before(record: Record, base: int, probe: _Probe, most: int) -> int:
    for wraps in range(most + 1):
        if await probe.finds(record, record.offset + base + _WRAP * wraps):
            return wraps
    return 0


def _with_length(record: Record, end: int) -> Record:
    """An entry of more than 4 GiB reaches to where the next one begins."""
    wrapped = max(end - record.offset - LOCAL_HEADER_BYTES - record.length, 0) // _WRAP * _WRAP
    return record._replace(length=record.length + wrapped, size=record.size + wrapped) if wrapped else record
