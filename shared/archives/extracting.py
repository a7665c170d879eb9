"""Extracting entries by their locators: neighbors share a ranged read, and none inflates beyond its declared size."""

import struct
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from anyio import to_thread

from shared.archives.entries import ArchiveLimits, Locator
from shared.archives.errors import CorruptEntry, EntryError, EntryTooLarge
from shared.archives.reader import RangeSource
from shared.archives.zip_index import ENCRYPTED, METHODS
from shared.archives.zip_records import LOCAL_HEADER_BYTES
from shared.storage.errors import ObjectTooShort

GAP_BYTES = 256 * 1024
READ_BYTES = 16 * 1024**2

_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_SIZES_FOLLOW_DATA = 0x0008
_IN_ZIP64 = 0xFFFFFFFF
_LONGEST_HEADER = LOCAL_HEADER_BYTES + 2 * 0xFFFF + 1024
_WORTH_A_THREAD = 64 * 1024


@dataclass(frozen=True, slots=True)
class Read:
    """One ranged read; `members` are the positions of the locators whose bytes it holds."""

    key: str
    offset: int
    length: int
    members: tuple[int, ...]


def plan_reads(locators: Sequence[Locator], *, gap_bytes: int = GAP_BYTES, read_bytes: int = READ_BYTES) -> list[Read]:
    """Group neighbors: a read bridges gaps of up to `gap_bytes` and stays within `read_bytes`, longer entries excepted.

    Every locator is in exactly one read, in the order of keys and offsets.
    """
    reads: list[Read] = []
    for position in sorted(range(len(locators)), key=lambda n: (locators[n]["key"], locators[n]["offset"])):
        locator = locators[position]
        begin, end = locator["offset"], locator["offset"] + locator["header"] + locator["length"]
        last = reads[-1] if reads else None
        if (
            last
            and last.key == locator["key"]
            and begin <= last.offset + last.length + gap_bytes
            and end - last.offset <= read_bytes
        ):
            length = max(last.length, end - last.offset)
            reads[-1] = Read(last.key, last.offset, length, (*last.members, position))
        else:
            reads.append(Read(locator["key"], begin, end - begin, (position,)))
    return reads


async def read_entries(
    source: RangeSource,
    locators: Sequence[Locator],
    limits: ArchiveLimits | None = None,
    *,
    admit: Callable[[int], Awaitable[None]] | None = None,
) -> AsyncGenerator[tuple[int, bytes | EntryError], None]:
    """Each entry's position in `locators` with its content, or the error of that entry, in the order of the reads.

    Holds one read at a time. `admit` is awaited with a position before memory is allocated for that entry. Raises only
    what concerns all entries: what `get_range` raises, except `ObjectTooShort`.
    """
    limits = limits or ArchiveLimits()
    for read in plan_reads(locators):
        window: memoryview | None = None
        for position in read.members:
            locator = locators[position]
            if admit:
                await admit(position)
            if window is None:
                window = await _read_window(source, read, limits)
            content: bytes | EntryError
            try:
                content = await _extract(source, window[locator["offset"] - read.offset :], locator, limits)
            except CorruptEntry:
                content = await _read_again(source, locator, limits)
            except EntryError as error:
                content = error
            yield position, content
            del content  # Freed before the next entry is read.


async def _read_again(source: RangeSource, locator: Locator, limits: ArchiveLimits) -> bytes | EntryError:
    """Read an entry that looks corrupt a second time, by itself: it may have been damaged in transit."""
    alone = Read(locator["key"], locator["offset"], locator["header"] + locator["length"], ())
    try:
        return await _extract(source, await _read_window(source, alone, limits), locator, limits)
    except EntryError as error:
        return error


async def _read_window(source: RangeSource, read: Read, limits: ArchiveLimits) -> memoryview:
    """Empty if the object ends early, or if the read is for one entry that is larger than the limits allow."""
    if read.length > max(READ_BYTES, limits.max_entry_bytes + _LONGEST_HEADER):
        return memoryview(b"")
    try:
        return memoryview(await source.get_range(read.key, read.offset, read.length))
    except ObjectTooShort:
        return memoryview(b"")


async def _extract(source: RangeSource, window: memoryview, locator: Locator, limits: ArchiveLimits) -> bytes:
    """`window` begins at the entry and may extend far beyond it."""
    largest = max(locator["size"], locator["length"])
    if largest > limits.max_entry_bytes:
        raise EntryTooLarge(f"The entry has {largest} bytes; the limit is {limits.max_entry_bytes}.")
    start = data_start(window, locator) if locator["header"] else 0
    data = window[start : start + locator["length"]]
    if len(data) < locator["length"]:
        try:
            data = memoryview(await source.get_range(locator["key"], locator["offset"] + start, locator["length"]))
        except ObjectTooShort:
            raise CorruptEntry("The source ends before the entry does.") from None
    if locator["size"] < _WORTH_A_THREAD:
        return inflate(data, locator)
    return await to_thread.run_sync(inflate, data, locator)


def data_start(window: memoryview, locator: Locator) -> int:
    """The offset of an entry's data from its local header. Raises `CorruptEntry` if header and index disagree."""
    if len(window) < LOCAL_HEADER_BYTES:
        raise CorruptEntry("The source ends before the entry does.")
    signature, _, flags, method, _, _, crc, length, size, name, extra = _LOCAL_HEADER.unpack_from(window)
    if signature != b"PK\x03\x04":
        raise CorruptEntry("There is no local header at the offset that the index gives.")
    stated = (crc, length, size)
    indexed = (locator["crc32"], locator["length"], locator["size"])
    sizes_known = not flags & _SIZES_FOLLOW_DATA and _IN_ZIP64 not in (length, size)
    if flags & ENCRYPTED or METHODS.get(method) != locator["method"] or (sizes_known and stated != indexed):
        raise CorruptEntry("The local header contradicts the index.")
    return LOCAL_HEADER_BYTES + int(name) + int(extra)


def inflate(data: memoryview, locator: Locator) -> bytes:
    """The entry's content. Stops one byte after the declared size. Raises `CorruptEntry`."""
    if locator["method"] == "stored":
        content = bytes(data)
    else:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            content = inflater.decompress(data, locator["size"] + 1)
        except zlib.error as error:
            raise CorruptEntry(f"The compressed data is damaged: {error}.") from None
        if not inflater.eof and len(content) <= locator["size"]:
            raise CorruptEntry("The compressed data is cut off.")
    if len(content) != locator["size"]:
        actual = len(content) if len(content) < locator["size"] else "more"
        raise CorruptEntry(f"The entry declares {locator['size']} bytes but has {actual}.")
    if locator["crc32"] is not None and zlib.crc32(content) != locator["crc32"]:
        raise CorruptEntry("The checksum does not match.")
    return content
