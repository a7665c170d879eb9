"""The entries of a zip, from its central directory. Local headers are read with the data."""

import stat
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from zlib import crc32

from shared.archives.entries import NAME_BYTES, ArchiveLimits, Entry, Method, Skip
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
from shared.archives.naming import is_certain, with_names
from shared.archives.reader import Reader
from shared.archives.skipping import skip_by_name
from shared.archives.zip_directory import Directory, find_directory
from shared.archives.zip_records import LOCAL_HEADER_BYTES, Record, extra_field
from shared.archives.zip_wrapping import true_records

METHODS: dict[int, Method] = {0: "stored", 8: "deflated"}
ENCRYPTED = 0x0001
DIRECTORY_ENCRYPTED = 0x2000
NAME_FALLBACK = "cp437"

_UTF_8 = 0x0800

# A local extra field differs from the central one, usually by a few timestamps. If this is too little, the entry is
# read twice.
_SPARE_HEADER_BYTES = 64
_UNIX_HOSTS = frozenset({3, 19})
_DOS_DIRECTORY = 0x10


@dataclass(slots=True)
class _Claims:
    """What all entries claim together. Entries that share bytes (an overlap bomb) claim more than the file has."""

    limits: ArchiveLimits
    available: int
    entries: int = 0
    stored_bytes: int = 0
    total_bytes: int = 0

    def add(self, record: Record) -> None:
        self.entries += 1
        self.stored_bytes += LOCAL_HEADER_BYTES + record.length
        self.total_bytes += record.size
        if self.entries > self.limits.max_entries:
            raise ArchiveBomb(f"There are more than {self.limits.max_entries} entries.")
        if self.total_bytes > self.limits.max_total_bytes:
            raise ArchiveBomb(f"The entries claim more than {self.limits.max_total_bytes} bytes.")
        if self.stored_bytes > self.available:
            raise ArchiveBomb("The entries overlap: together they claim more bytes than the archive has.")


def zip_entries(
    reader: Reader, limits: ArchiveLimits | None = None, name_encoding: str | None = None
) -> AsyncGenerator[Entry, None]:
    """Every entry, in the directory's order. Raises `ArchiveError`, possibly after some entries were yielded."""
    return with_names(_zip_entries(reader, limits or ArchiveLimits()), NAME_FALLBACK, name_encoding)


async def _zip_entries(reader: Reader, limits: ArchiveLimits) -> AsyncGenerator[Entry, None]:
    directory = await find_directory(reader, limits)
    prefix, records = await true_records(reader, directory)
    directory = replace(directory, prefix=prefix)
    claims = _Claims(limits, available=directory.offset - prefix)
    async with aclosing(records):
        async for record in records:
            claims.add(record)
            yield _entry(claims.entries - 1, record, directory, limits)
    if not directory.agrees(claims.entries):
        raise ArchiveCorrupt(f"The end record counts {directory.entries} entries, but there are {claims.entries}.")


def _entry(index: int, record: Record, directory: Directory, limits: ArchiveLimits) -> Entry:
    if record.flags & DIRECTORY_ENCRYPTED:
        raise ArchiveEncrypted("The central directory is encrypted.")
    unicode_path = _unicode_path(record)
    stored = record.name if unicode_path is None else unicode_path
    undecided = record.name[:NAME_BYTES] if unicode_path is None and not _is_certain(record) else None
    name = decode_name(stored, fallback=NAME_FALLBACK)
    offset = record.offset + directory.prefix
    spare = directory.offset - offset - record.length
    expected = LOCAL_HEADER_BYTES + len(record.name) + len(record.extra) + _SPARE_HEADER_BYTES
    # By the stored name: the decoded one may have been cut. The second byte of a character may be that of a backslash.
    is_directory = stored.endswith(b"/" if undecided else (b"/", b"\\"))
    skip = "directory" if is_directory else _skip_by_attributes(record)
    if skip is None and undecided is None:
        skip = skip_by_name(name, record.size)
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
        name_bytes=None if unicode_path in (None, record.name) else record.name[:NAME_BYTES],
        undecided=undecided,
    )


def _unicode_path(record: Record) -> bytes | None:
    """Info-ZIP's name in UTF-8, whatever the stored one is. It is only valid while its checksum is that of the stored
    name: another tool may have renamed the entry.
    """
    field = extra_field(record.extra, 0x7075) if record.extra else b""
    if len(field) <= 5 or int.from_bytes(field[1:5], "little") != crc32(record.name):
        return None
    try:
        field[5:].decode()
    except UnicodeDecodeError:
        return None
    return field[5:]


def _is_certain(record: Record) -> bool:
    """The flag says that the name is UTF-8. Some writers set it on any name."""
    return record.name.isascii() or is_certain(record.name, is_flagged=bool(record.flags & _UTF_8))


def _skip_by_attributes(record: Record) -> Skip | None:
    if record.attributes & _DOS_DIRECTORY and not record.size:
        return "directory"
    kind = stat.S_IFMT(record.attributes >> 16) if record.host in _UNIX_HOSTS else 0
    if kind == stat.S_IFLNK:
        return "link"
    if kind not in (0, stat.S_IFREG):
        return "directory" if kind == stat.S_IFDIR else "special_file"
    return None


def _error(record: Record, spare: int, limits: ArchiveLimits) -> EntryError | None:
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
