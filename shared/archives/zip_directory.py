"""Finds the central directory of a zip: its end record, the zip64 end record, and how many bytes precede the archive.

Layout: APPNOTE.TXT 6.3.10, sections 4.3.14 to 4.3.16. The records are checked against the file before they are used.
"""

import struct
from dataclasses import dataclass

from shared.archives.entries import ArchiveLimits
from shared.archives.errors import ArchiveBomb, ArchiveCorrupt, ArchiveTruncated, ArchiveUnsupported
from shared.archives.reader import Reader

RECORD_BYTES = 46

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LONGEST_COMMENT = 0xFFFF
_MOST_RECORDS = 0xFFFF


@dataclass(frozen=True, slots=True)
class Directory:
    """Where the central directory is in the file. `prefix` must be added to every offset that the zip states."""

    offset: int
    size: int
    entries: int
    prefix: int
    zip64: bool

    def agrees(self, count: int) -> bool:
        """Whether `count` matches the end record. Without zip64 that has 16 bits, and some writers let it overflow."""
        return count == self.entries if self.zip64 else count % (_MOST_RECORDS + 1) == self.entries


async def find_directory(reader: Reader, limits: ArchiveLimits) -> Directory:
    """Raises `ArchiveTruncated` if there is no end record, `ArchiveCorrupt`, `ArchiveBomb`, `ArchiveUnsupported`."""
    length = min(reader.size, _LONGEST_COMMENT + _END.size + _END64_LOCATOR.size + _END64.size)
    start = reader.size - length
    tail = await reader.read(start, length)
    position = _find_end(tail)
    _, disk, directory_disk, here, entries, size, offset, _ = _END.unpack_from(tail, position)
    end = start + position
    record = await _read_end64(reader, tail, position, end)
    if record:
        end, disk, directory_disk, here, entries, size, offset = record
    if disk or directory_disk or here != entries:
        raise ArchiveUnsupported("This is one volume of a multi-volume archive; join the volumes first.")
    if entries > limits.max_entries or size > limits.max_index_bytes:
        raise ArchiveBomb(
            f"It claims {entries} entries and a central directory of {size} bytes; "
            f"the limits are {limits.max_entries} and {limits.max_index_bytes}."
        )
    if entries * RECORD_BYTES > size or offset + size > end:
        raise ArchiveCorrupt("The end record contradicts the file: the central directory does not fit into it.")
    begin = end - size
    return Directory(begin, size, entries, prefix=begin - offset, zip64=record is not None)


def _find_end(tail: bytes) -> int:
    """The last end record whose comment ends with the file, or else the last one that fits into the file."""
    fallback = -1
    position = tail.rfind(b"PK\x05\x06")
    while position >= 0:
        spare = len(tail) - position - _END.size
        comment = int.from_bytes(tail[position + 20 : position + 22], "little")
        if spare == comment:
            return position
        if spare > comment and fallback < 0:
            fallback = position
        position = tail.rfind(b"PK\x05\x06", 0, position)
    if fallback < 0:
        raise ArchiveTruncated("The zip is cut off: its end record is missing.")
    return fallback


async def _read_end64(
    reader: Reader, tail: bytes, position: int, end: int
) -> tuple[int, int, int, int, int, int, int] | None:
    """Where the zip64 end record begins, and its disk numbers, counts, size and offset. None if there is none."""
    at = position - _END64_LOCATOR.size
    if at < 0 or not tail.startswith(b"PK\x06\x07", at):
        return None
    _, disk, stated, disks = _END64_LOCATOR.unpack_from(tail, at)
    if disk or disks > 1:
        raise ArchiveUnsupported("This is one volume of a multi-volume archive; join the volumes first.")
    # The record usually ends at its locator. A longer one is looked for where the locator says, which is only right if
    # nothing precedes the archive.
    for begin in (end - _END64_LOCATOR.size - _END64.size, stated):
        if 0 <= begin <= end - _END64_LOCATOR.size - _END64.size:
            record = await reader.read(begin, _END64.size)
            if record.startswith(b"PK\x06\x06"):
                _, _, _, _, disk, directory_disk, here, entries, size, offset = _END64.unpack(record)
                return begin, disk, directory_disk, here, entries, size, offset
    raise ArchiveCorrupt("The zip64 end record is missing.")
