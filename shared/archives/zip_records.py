"""The records of a zip's central directory, which is read a window at a time.

Layout: APPNOTE.TXT 6.3.10, section 4.3.12. The standard library's `zipfile` keeps every record in memory and trusts
what it reads; here no record is kept, and its claims are checked.
"""

import struct
from collections.abc import AsyncGenerator, Iterator
from typing import NamedTuple

from shared.archives.errors import ArchiveCorrupt, ArchiveEncrypted
from shared.archives.reader import Reader
from shared.archives.zip_directory import RECORD_BYTES, Directory

LOCAL_HEADER_BYTES = 30

# Signature, host, flags, method, checksum, two sizes, three lengths, attributes, offset; other fields are skipped.
_RECORD = struct.Struct("<4sxB2x2H4x3L3H4x2L")
_IN_ZIP64 = 0xFFFFFFFF
# Longer than the longest record: name, extra field and comment may have 64 KB each.
_WINDOW_BYTES = 256 * 1024


class Record(NamedTuple):
    """The fields of a record that are used; `end` is where it ends in its window."""

    end: int
    host: int
    flags: int
    method: int
    crc32: int
    length: int
    size: int
    attributes: int
    offset: int
    name: bytes
    extra: bytes


async def read_records(reader: Reader, directory: Directory) -> AsyncGenerator[Record, None]:
    """Every record, in the directory's order. Raises `ArchiveError`, possibly after some records were yielded."""
    position, end = directory.offset, directory.offset + directory.size
    while position < end:
        window = await reader.read(position, min(_WINDOW_BYTES, end - position))
        used = 0
        for record in _complete_records(window):
            used = record.end
            yield record
        if not used:
            raise ArchiveCorrupt("A record of the central directory is cut off.")
        position += used


def _complete_records(window: bytes) -> Iterator[Record]:
    """The records that are complete in the window."""
    position = 0
    while position + RECORD_BYTES <= len(window):
        fields = _RECORD.unpack_from(window, position)
        if fields[0] != b"PK\x01\x02":
            _raise_bad_signature(fields[0])
        _, host, flags, method, crc, length, size, names, extras, comments, attributes, offset = fields
        name_end = position + RECORD_BYTES + names
        extra_end = name_end + extras
        if extra_end + comments > len(window):
            return
        name, extra = window[position + RECORD_BYTES : name_end], window[name_end:extra_end]
        if _IN_ZIP64 in (length, size, offset):
            size, length, offset = _zip64_numbers(extra, size, length, offset)
        position = extra_end + comments
        yield Record(
            end=position,
            host=host,
            flags=flags,
            method=method,
            crc32=crc,
            length=length,
            size=size,
            attributes=attributes,
            offset=offset,
            name=name,
            extra=extra,
        )


def _raise_bad_signature(signature: bytes) -> None:
    if signature == b"PK\x06\x08":
        raise ArchiveEncrypted("The central directory is encrypted.")
    raise ArchiveCorrupt("The central directory is not where the end record says, or is damaged.")


def _zip64_numbers(extra: bytes, *numbers: int) -> tuple[int, int, int]:
    """Size, length and offset; those that do not fit into 32 bits are in the zip64 extra field, in that order."""
    field = extra_field(extra, 0x0001)
    values = []
    for number in numbers:
        if number == _IN_ZIP64:
            if len(field) < 8:
                raise ArchiveCorrupt("A zip64 number is missing.")
            number, field = int.from_bytes(field[:8], "little"), field[8:]
        values.append(number)
    size, length, offset = values
    return size, length, offset


def extra_field(extra: bytes, field_id: int) -> bytes:
    """The content of the first extra field with that id, empty if there is none."""
    position = 0
    while position + 4 <= len(extra):
        current_id, length = struct.unpack_from("<2H", extra, position)
        if current_id == field_id:
            return extra[position + 4 : position + 4 + length]
        position += 4 + length
    return b""
