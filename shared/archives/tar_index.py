"""The entries of a tar, from header to header; the caller may read the data in between. Of a file made by
`cat a.tar b.tar > both.tar`, those of all tars.

ustar, GNU long names and PAX (path, size): POSIX.1-2017 pax, "ustar Interchange Format", and the GNU tar manual, "Basic
Tar Format". Other kinds of headers are only read as far as needed to find the next one.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from shared.archives.entries import NAME_BYTES, ArchiveLimits, Entry, Skip
from shared.archives.errors import (
    ArchiveBomb,
    ArchiveCorrupt,
    ArchiveUnsupported,
    EntryError,
    EntryTooLarge,
    UnsupportedMethod,
)
from shared.archives.names import cap_name, decode_name
from shared.archives.naming import is_certain, with_names
from shared.archives.reader import Reader
from shared.archives.skipping import skip_by_name
from shared.archives.tar_header import BLOCK, SPARSE_KEYS, TarHeader, parse_header, parse_pax
from shared.archives.tar_stream import PlainTarStream, TarStream

NAME_FALLBACK = "latin-1"
TRAILING_DATA = "(data after the end of the tar)"

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


@dataclass(slots=True, kw_only=True)
class _Walk:
    """The position in the tar, and the metadata headers that apply to the next member."""

    stream: TarStream
    limits: ArchiveLimits
    headers: int = 0
    metadata_bytes: int = 0
    member_end: int = 0
    trailing_bytes: int = 0
    long_name: bytes | None = None
    global_records: dict[bytes, bytes] = field(default_factory=dict)
    member_records: dict[bytes, bytes] = field(default_factory=dict)

    async def next_header(self) -> TarHeader | None:
        """None at the end of the last tar. Raises `ArchiveTruncated` if that has no end marker, a block of zeros."""
        self.headers += 1
        if self.headers > _HEADERS_PER_ENTRY * self.limits.max_entries:
            raise ArchiveBomb(f"There are more than {_HEADERS_PER_ENTRY * self.limits.max_entries} headers.")
        block = await self.stream.read(BLOCK)
        return parse_header(block) if any(block) else await self.next_tar()

    async def next_tar(self) -> TarHeader | None:
        """The first header of a tar that follows the end of this one. None if there is none."""
        self.long_name, self.global_records, self.member_records = None, {}, {}
        block = await self.stream.next_used_block()
        try:
            if len(block) == BLOCK:
                return parse_header(block)
        except ArchiveCorrupt:
            pass  # No tar, but the beginning of something else.
        self.trailing_bytes = len(block)
        return None

    async def take_metadata(self, header: TarHeader) -> None:
        """Remember a long-name or PAX header for the member that follows it."""
        self.metadata_bytes += header.size
        if header.size > _LONGEST_METADATA or self.metadata_bytes > self.limits.max_index_bytes:
            raise ArchiveBomb("Its long-name and PAX headers are longer than the limits allow.")
        content = await self.stream.read(header.size)
        await self.stream.skip(-header.size % BLOCK)
        if header.kind == b"L":
            self.long_name = content.rstrip(b"\0")
        elif header.kind == b"g":
            self.global_records.update(parse_pax(content))
        elif header.kind in b"xX":
            self.member_records.update(parse_pax(content))

    def take_member(self, index: int, header: TarHeader) -> Entry:
        """The entry that the header and the metadata before it describe. The stream is at its data."""
        records = self.global_records | self.member_records
        name = records.get(b"GNU.sparse.name") or records.get(b"path") or self.long_name or header.name
        size = header.size
        if b"size" in records:
            size = _decimal(records[b"size"])
        sparse = header.kind == b"S" or not SPARSE_KEYS.isdisjoint(records)
        self.long_name, self.member_records = None, {}
        offset = self.stream.position
        self.member_end = offset if header.kind in _WITHOUT_DATA else offset + size + -size % BLOCK
        undecided = None if is_certain(name) else name[:NAME_BYTES]
        # The name's own separators and dots are in ASCII, and no other character has a byte of these.
        text = (
            cap_name(name[:NAME_BYTES].decode("latin-1").replace("\\", "_"))
            if undecided
            else decode_name(name, fallback=NAME_FALLBACK)
        )
        skip = _skip(name, text, header.kind, size)
        error = None if skip else _error(size, sparse, self.limits)
        return Entry(
            index=index,
            name=text,
            offset=offset,
            header=0,
            length=size,
            size=size,
            method="stored",
            crc32=None,
            skip=skip,
            error=error,
            undecided=undecided,
        )

    def trailing_data(self, index: int, size: int) -> Entry:
        """What follows the last tar, as an entry of its own: nothing disappears in silence."""
        return Entry(
            index=index,
            name=TRAILING_DATA,
            offset=self.stream.position,
            header=0,
            length=size,
            size=size,
            method="stored",
            crc32=None,
            skip="trailing_data",
        )

    async def leave_member(self) -> None:
        await self.stream.skip(self.member_end - self.stream.position)


def tar_entries(
    reader: Reader, limits: ArchiveLimits | None = None, name_encoding: str | None = None
) -> AsyncGenerator[Entry, None]:
    """Every entry of a plain tar, in order. Raises `ArchiveError`, possibly after some entries were yielded."""
    return with_names(walk_tar(PlainTarStream(reader), limits or ArchiveLimits()), NAME_FALLBACK, name_encoding)


async def walk_tar(stream: TarStream, limits: ArchiveLimits) -> AsyncGenerator[Entry, None]:
    """Every entry, in order. When it is yielded, the stream is at its data, of which any part may be read.

    Some names are still undecided; whether an entry is skipped does not depend on them. After the last entry the stream
    is drained. Raises `ArchiveError`, possibly after some entries were yielded.
    """
    walk = _Walk(stream=stream, limits=limits)
    index = 0
    while header := await walk.next_header():
        if header.kind in b"LKxXg":
            await walk.take_metadata(header)
            continue
        if header.kind == b"M":
            raise ArchiveUnsupported("This is one volume of a multi-volume archive; join the volumes first.")
        if index == limits.max_entries:
            raise ArchiveBomb(f"There are more than {limits.max_entries} entries.")
        if header.kind == b"S":
            await _skip_sparse_map(stream, header)
        yield walk.take_member(index, header)
        await walk.leave_member()
        index += 1
    if trailing_bytes := walk.trailing_bytes + await stream.drain():
        yield walk.trailing_data(index, trailing_bytes)


async def _skip_sparse_map(stream: TarStream, header: TarHeader) -> None:
    """Skip the blocks in which an old GNU sparse file continues its map; each tells whether another follows."""
    more = header.continues
    while more:
        block = await stream.read(BLOCK)
        more = block[504] != 0


def _skip(raw: bytes, name: str, kind: bytes, size: int) -> Skip | None:
    """`name` may have been cut, so only `raw` tells how it ends."""
    if kind in _WITHOUT_DATA:
        return _WITHOUT_DATA[kind]
    if kind not in _REGULAR and kind != b"S":
        return "special_file"
    return "directory" if raw.endswith(b"/") else skip_by_name(name, size)


def _error(size: int, sparse: bool, limits: ArchiveLimits) -> EntryError | None:
    if sparse:
        return UnsupportedMethod("Sparse files are not supported.")
    if size > limits.max_entry_bytes:
        return EntryTooLarge(f"The entry has {size} bytes; the limit is {limits.max_entry_bytes}.")
    return None


def _decimal(digits: bytes) -> int:
    if not digits.isdigit() or len(digits) > 20:
        raise ArchiveCorrupt("A PAX header has a size that is not a number.")
    return int(digits)
