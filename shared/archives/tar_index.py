"""The entries of a tar, walked from header to header; the data between them is left to whoever wants it.

ustar, GNU long names and PAX (path, size): POSIX.1-2017 pax, "ustar Interchange Format", and the GNU tar manual, "Basic
Tar Format". Numbers and names of every other kind of header are only read as far as the walk needs them.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from shared.archives.entries import ArchiveLimits, Entry, Skip
from shared.archives.errors import (
    ArchiveBomb,
    ArchiveCorrupt,
    ArchiveUnsupported,
    EntryError,
    EntryTooLarge,
    UnsupportedMethod,
)
from shared.archives.names import decode_name
from shared.archives.reader import Reader
from shared.archives.skipping import skip_by_name
from shared.archives.tape import ReaderTape, Tape
from shared.archives.tar_header import BLOCK, SPARSE_KEYS, TarHeader, parse_header, parse_pax

_REGULAR = b"07\0"
_WITHOUT_DATA: dict[bytes, Skip] = {
    b"1": "link",
    b"2": "link",
    b"3": "special_file",
    b"4": "special_file",
    b"5": "directory",
    b"6": "special_file",
}
_LONGEST_METADATA = 1024**2
_HEADERS_PER_ENTRY = 4


@dataclass(slots=True)
class _Walk:
    """Where the walk is, and what metadata headers said about the member that is still to come."""

    tape: Tape
    limits: ArchiveLimits
    headers: int = 0
    metadata_bytes: int = 0
    member_end: int = 0
    long_name: bytes | None = None
    lasting: dict[bytes, bytes] = field(default_factory=dict)
    passing: dict[bytes, bytes] = field(default_factory=dict)

    async def next_header(self) -> TarHeader | None:
        """None at the end of the archive, which two blocks of zeros mark: without them it was cut off."""
        self.headers += 1
        if self.headers > _HEADERS_PER_ENTRY * self.limits.max_entries:
            raise ArchiveBomb("Too many headers.")
        block = await self.tape.read(BLOCK)
        return parse_header(block) if any(block) else None

    async def take_metadata(self, header: TarHeader) -> None:
        """Keep what a long-name or PAX header says; the walk goes on behind it."""
        self.metadata_bytes += header.size
        if header.size > _LONGEST_METADATA or self.metadata_bytes > self.limits.max_index_bytes:
            raise ArchiveBomb("Headers of unreasonable length.")
        content = await self.tape.read(header.size)
        await self.tape.skip(-header.size % BLOCK)
        if header.kind == b"L":
            self.long_name = content.rstrip(b"\0")
        elif header.kind == b"g":
            self.lasting.update(parse_pax(content))
        elif header.kind in b"xX":
            self.passing.update(parse_pax(content))

    def take_member(self, index: int, header: TarHeader) -> Entry:
        """The entry that the header and the metadata before it describe; the tape stands before its data."""
        said = self.lasting | self.passing
        name = said.get(b"GNU.sparse.name") or said.get(b"path") or self.long_name or header.name
        size = header.size
        if b"size" in said:
            size = _decimal(said[b"size"])
        sparse = header.kind == b"S" or not SPARSE_KEYS.isdisjoint(said)
        self.long_name, self.passing = None, {}
        offset = self.tape.position
        self.member_end = offset if header.kind in _WITHOUT_DATA else offset + size + -size % BLOCK
        text = decode_name(name, fallback="latin-1")
        skip = _skip(name, text, header.kind)
        error = None if skip else _error(size, sparse, self.limits)
        return Entry(index, text, offset, 0, size, size, "stored", None, skip, error)

    async def leave_member(self) -> None:
        await self.tape.skip(self.member_end - self.tape.position)


def tar_entries(reader: Reader, limits: ArchiveLimits | None = None) -> AsyncGenerator[Entry, None]:
    """Every entry of a plain tar, in order. Raises `ArchiveError`, possibly after entries were yielded."""
    return walk_tar(ReaderTape(reader), limits or ArchiveLimits())


async def walk_tar(tape: Tape, limits: ArchiveLimits) -> AsyncGenerator[Entry, None]:
    """Every entry, in order. At each, the tape stands before its data, of which any part may be read from it.

    Raises `ArchiveError`, possibly after entries were yielded.
    """
    walk = _Walk(tape, limits)
    index = 0
    while header := await walk.next_header():
        if header.kind in b"LKxXg":
            await walk.take_metadata(header)
            continue
        if header.kind == b"M":
            raise ArchiveUnsupported("This is one volume of an archive of several; join them first.")
        if index == limits.max_entries:
            raise ArchiveBomb(f"More than {limits.max_entries} entries.")
        if header.kind == b"S":
            await _step_over_sparse_map(tape, header)
        yield walk.take_member(index, header)
        await walk.leave_member()
        index += 1


async def _step_over_sparse_map(tape: Tape, header: TarHeader) -> None:
    """An old GNU sparse file continues its map in blocks that are no headers, each saying whether another follows."""
    more = header.continues
    while more:
        block = await tape.read(BLOCK)
        more = block[504] != 0


def _skip(raw: bytes, name: str, kind: bytes) -> Skip | None:
    """`name` may be cut short, so only `raw` tells how it ends."""
    if kind in _WITHOUT_DATA:
        return _WITHOUT_DATA[kind]
    if kind not in _REGULAR and kind != b"S":
        return "special_file"
    return "directory" if raw.endswith(b"/") else skip_by_name(name)


def _error(size: int, sparse: bool, limits: ArchiveLimits) -> EntryError | None:
    if sparse:
        return UnsupportedMethod("Sparse files are not supported.")
    if size > limits.max_entry_bytes:
        return EntryTooLarge(f"{size} bytes; the limit is {limits.max_entry_bytes}.")
    return None


def _decimal(digits: bytes) -> int:
    if not digits.isdigit() or len(digits) > 20:
        raise ArchiveCorrupt("A PAX header says a size that is no number.")
    return int(digits)
