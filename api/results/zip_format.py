"""Writing the zip format as a stream: stored entries, whose sizes and checksums are known before their bytes are read.

Deterministic: no times, no owners. Zip64 only where a number needs it (APPNOTE 6.3.10, §4.3 and §4.5.3).
"""

import struct
from dataclasses import dataclass

# Part of the ETag. Increase it with any change to the bytes that are written.
EDITION = 1

_STORED = 0
_UTF8_NAME = 0x0800
_ZIP64 = 1
_VERSION, _VERSION_ZIP64 = 20, 45
_MADE_ON_UNIX = 3 << 8
_PLAIN_FILE = 0o100644 << 16
_MIDNIGHT, _FIRST_DAY = 0, 0x0021  # 1980-01-01 00:00, the earliest time of the format.
_MAX_16, _MAX_32 = 0xFFFF, 0xFFFFFFFF

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_END = struct.Struct("<4s4H2LH")


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """`name` is a relative path with `/` between its parts."""

    name: str
    size: int
    crc32: int


def local_header(entry: ZipEntry) -> bytes:
    """What precedes an entry's bytes."""
    name, extra = entry.name.encode(), _zip64_extra(*([entry.size] * 2 if entry.size >= _MAX_32 else []))
    size = min(entry.size, _MAX_32)
    return (
        _LOCAL.pack(
            b"PK\x03\x04",
            _VERSION_ZIP64 if extra else _VERSION,
            _UTF8_NAME,
            _STORED,
            _MIDNIGHT,
            _FIRST_DAY,
            entry.crc32,
            size,
            size,
            len(name),
            len(extra),
        )
        + name
        + extra
    )


@dataclass(slots=True)
class CentralDirectory:
    """What follows the entries. Given them in order, it also determines the length of the whole archive."""

    offset: int = 0
    entries: int = 0
    size: int = 0

    def add(self, entry: ZipEntry) -> bytes:
        """The entry's record in the directory."""
        record = _central_record(entry, self.offset)
        self.offset += len(local_header(entry)) + entry.size
        self.entries += 1
        self.size += len(record)
        return record

    def add_many(self, entries: int, names: int, size: int, largest: int) -> bool:
        """The same as adding that many entries one by one, given only the total bytes of their names and contents.

        False, with nothing added, if these totals do not suffice: when the archive or an entry reaches a size that
        needs zip64.
        """
        content = entries * _LOCAL.size + names + size
        is_beyond = self.offset >= _MAX_32
        if largest >= _MAX_32 or not (is_beyond or self.offset + content < _MAX_32):
            return False
        extra = len(_zip64_extra(self.offset)) if is_beyond else 0
        self.entries += entries
        self.size += entries * (_CENTRAL.size + extra) + names
        self.offset += content
        return True

    def end(self) -> bytes:
        """What follows the last record."""
        directory_end = self.offset + self.size
        entries, size, offset = min(self.entries, _MAX_16), min(self.size, _MAX_32), min(self.offset, _MAX_32)
        end = _END.pack(b"PK\x05\x06", 0, 0, entries, entries, size, offset, 0)
        if entries < _MAX_16 and size < _MAX_32 and offset < _MAX_32:
            return end
        end_64 = _END_64.pack(
            b"PK\x06\x06",
            _END_64.size - 12,
            _MADE_ON_UNIX | _VERSION_ZIP64,
            _VERSION_ZIP64,
            0,
            0,
            self.entries,
            self.entries,
            self.size,
            self.offset,
        )
        return end_64 + _LOCATOR_64.pack(b"PK\x06\x07", 0, directory_end, 1) + end


def _central_record(entry: ZipEntry, offset: int) -> bytes:
    beyond = [entry.size] * 2 if entry.size >= _MAX_32 else []
    if offset >= _MAX_32:
        beyond.append(offset)
    name, extra = entry.name.encode(), _zip64_extra(*beyond)
    version = _VERSION_ZIP64 if extra else _VERSION
    size = min(entry.size, _MAX_32)
    return (
        _CENTRAL.pack(
            b"PK\x01\x02",
            _MADE_ON_UNIX | version,
            version,
            _UTF8_NAME,
            _STORED,
            _MIDNIGHT,
            _FIRST_DAY,
            entry.crc32,
            size,
            size,
            len(name),
            len(extra),
            0,
            0,
            0,
            _PLAIN_FILE,
            min(offset, _MAX_32),
        )
        + name
        + extra
    )


def _zip64_extra(*values: int) -> bytes:
    return struct.pack(f"<2H{len(values)}Q", _ZIP64, 8 * len(values), *values) if values else b""
