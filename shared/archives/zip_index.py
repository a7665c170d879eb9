"""The entries of a zip, from its central directory, which is read a window at a time. Local headers are read with the
data.

Record layout: APPNOTE.TXT 6.3.10, section 4.3.12. The standard library's `zipfile` keeps every record in memory and
trusts what it reads; here no record is kept, and its claims are checked.
"""

import stat
import struct
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from zlib import crc32

from shared.archives.entries import ArchiveLimits, Entry, Method, Skip
from shared.archives.errors import (
    ArchiveBomb,
    ArchiveCorrupt,
    ArchiveEncrypted,
    CorruptEntry,
    EncryptedEntry,
    EntryBomb,
    EntryError,
    EntryTooLarge,
    UnsupportedMethod,
)
from shared.archives.names import decode_name
from shared.archives.reader import Reader
from shared.archives.skipping import skip_by_name
from shared.archives.zip_directory import RECORD_BYTES, Directory, find_directory

LOCAL_HEADER_BYTES = 30
METHODS: dict[int, Method] = {0: "stored", 8: "deflated"}
ENCRYPTED = 0x0001
DIRECTORY_ENCRYPTED = 0x2000

# Signature, host, flags, method, checksum, two sizes, three lengths, attributes, offset; other fields are skipped.
_RECORD = struct.Struct("<4sxB2x2H4x3L3H4x2L")
_IN_ZIP64 = 0xFFFFFFFF
# Longer than the longest record: name, extra field and comment may have 64 KB each.
_WINDOW_BYTES = 256 * 1024
# A local extra field differs from the central one, usually by a few timestamps. If this is too little, the entry is
# read twice.
_SPARE_HEADER_BYTES = 64
_UNIX_HOSTS = frozenset({3, 19})
_DOS_DIRECTORY = 0x10


class _Record(NamedTuple):
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


@dataclass(slots=True)
class _Claims:
    """What all entries claim together. Entries that share bytes (an overlap bomb) claim more than the file has."""

    limits: ArchiveLimits
    available: int
    entries: int = 0
    stored_bytes: int = 0
    total_bytes: int = 0

    def add(self, record: _Record) -> None:
        self.entries += 1
        self.stored_bytes += LOCAL_HEADER_BYTES + record.length
        self.total_bytes += record.size
        if self.entries > self.limits.max_entries:
            raise ArchiveBomb(f"There are more than {self.limits.max_entries} entries.")
        if self.total_bytes > self.limits.max_total_bytes:
            raise ArchiveBomb(f"The entries claim more than {self.limits.max_total_bytes} bytes.")
        if self.stored_bytes > self.available:
            raise ArchiveBomb("The entries overlap: together they claim more bytes than the archive has.")


async def zip_entries(reader: Reader, limits: ArchiveLimits | None = None) -> AsyncGenerator[Entry, None]:
    """Every entry, in the directory's order. Raises `ArchiveError`, possibly after some entries were yielded."""
    limits = limits or ArchiveLimits()
    directory = await find_directory(reader, limits)
    claims = _Claims(limits, available=directory.offset - directory.prefix)
    position, end = directory.offset, directory.offset + directory.size
    while position < end:
        window = await reader.read(position, min(_WINDOW_BYTES, end - position))
        used = 0
        for record in _records(window):
            used = record.end
            claims.add(record)
            yield _entry(claims.entries - 1, record, directory, limits)
        if not used:
            raise ArchiveCorrupt("A record of the central directory is cut off.")
        position += used
    if not directory.agrees(claims.entries):
        raise ArchiveCorrupt(f"The end record counts {directory.entries} entries, but there are {claims.entries}.")


def _records(window: bytes) -> Iterator[_Record]:
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
        yield _Record(
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
    field = _extra_field(extra, 0x0001)
    values = []
    for number in numbers:
        if number == _IN_ZIP64:
            if len(field) < 8:
                raise ArchiveCorrupt("A zip64 number is missing.")
            number, field = int.from_bytes(field[:8], "little"), field[8:]
        values.append(number)
    size, length, offset = values
    return size, length, offset


def _extra_field(extra: bytes, field_id: int) -> bytes:
    """The content of the first extra field with that id, empty if there is none."""
    position = 0
    while position + 4 <= len(extra):
        current_id, length = struct.unpack_from("<2H", extra, position)
        if current_id == field_id:
            return extra[position + 4 : position + 4 + length]
        position += 4 + length
    return b""


def _entry(index: int, record: _Record, directory: Directory, limits: ArchiveLimits) -> Entry:
    if record.flags & DIRECTORY_ENCRYPTED:
        raise ArchiveEncrypted("The central directory is encrypted.")
    name = _name(record)
    offset = record.offset + directory.prefix
    spare = directory.offset - offset - record.length
    expected = LOCAL_HEADER_BYTES + len(record.name) + len(record.extra) + _SPARE_HEADER_BYTES
    skip = _skip(name, record)
    return Entry(
        index=index,
        name=name,
        offset=offset,
        header=min(expected, max(spare, 0)),
        length=record.length,
        size=record.size,
        method=METHODS.get(record.method, "stored"),
        crc32=record.crc32,
        skip=skip,
        error=None if skip else _error(record, spare, limits),
    )


def _name(record: _Record) -> str:
    if record.extra and not record.name.isascii():
        field = _extra_field(record.extra, 0x7075)
        # Info-ZIP's Unicode path is only valid while its checksum is that of the name: another tool may have renamed
        # the entry.
        if len(field) > 5 and int.from_bytes(field[1:5], "little") == crc32(record.name):
            return decode_name(field[5:], fallback="cp437")
    return decode_name(record.name, fallback="cp437")


def _skip(name: str, record: _Record) -> Skip | None:
    # By the stored name: the decoded one may have been cut.
    if record.name.endswith((b"/", b"\\")) or (record.attributes & _DOS_DIRECTORY and not record.size):
        return "directory"
    kind = stat.S_IFMT(record.attributes >> 16) if record.host in _UNIX_HOSTS else 0
    if kind == stat.S_IFLNK:
        return "link"
    if kind not in (0, stat.S_IFREG):
        return "directory" if kind == stat.S_IFDIR else "special_file"
    return skip_by_name(name)


def _error(record: _Record, spare: int, limits: ArchiveLimits) -> EntryError | None:
    if record.flags & ENCRYPTED:
        return EncryptedEntry("The entry is encrypted.")
    if record.method not in METHODS:
        return UnsupportedMethod(f"Compression method {record.method} is not supported.")
    if spare < LOCAL_HEADER_BYTES:
        return CorruptEntry("The entry lies outside the archive.")
    if record.method == 0 and record.length != record.size:
        return CorruptEntry("The entry is stored, but its two sizes differ.")
    largest = max(record.size, record.length)
    if largest > limits.max_entry_bytes:
        return EntryTooLarge(f"The entry has {largest} bytes; the limit is {limits.max_entry_bytes}.")
    if record.size > limits.ratio_free_bytes and record.size > limits.max_ratio * record.length:
        return EntryBomb(
            f"Its {record.length} bytes claim to expand to {record.size}; the limit is {limits.max_ratio} to 1."
        )
    return None
