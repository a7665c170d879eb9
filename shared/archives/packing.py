"""Packs: the pictures of a compressed tar are decompressed once and stored one after another in a few objects, where
workers can read each of them. Other entries are not stored.
"""

import zlib
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Protocol

from shared.archives.compressed_tar import CompressedTarStream
from shared.archives.entries import ArchiveLimits, Entry
from shared.archives.naming import with_names
from shared.archives.tar_index import NAME_FALLBACK, walk_tar
from shared.storage.protocol import Stored

PACK_BYTES = 64 * 1024**2
# Entries are held in memory until their pack is stored. This bounds their number where small ones do not fill a pack.
PACK_ENTRIES = 4096
# The smallest part that S3 accepts; a few are in memory at once.
_PART_BYTES = 5 * 1024**2
_MEDIA_TYPE = "application/octet-stream"


class PackStorage(Protocol):
    """What packing needs of `ObjectStorage`."""

    async def put_stream(
        self, key: str, chunks: AsyncIterable[bytes], media_type: str, part_bytes: int, *, sole_writer: bool
    ) -> Stored:
        """See `ObjectStorage`."""


def packed_entries(
    stream: CompressedTarStream,
    storage: PackStorage,
    key_of: Callable[[int], str],
    limits: ArchiveLimits,
    *,
    pack_bytes: int = PACK_BYTES,
    name_encoding: str | None = None,
) -> AsyncGenerator[Entry, None]:
    """Every entry, in order. A picture is yielded once its pack is stored; `key_of` gives the key of pack 0, 1, ….

    Entries are never split, so one larger than `pack_bytes` gets a pack to itself. The same tar gives the same packs.
    Raises `ArchiveError`, possibly after some entries were yielded, and what `put_stream` raises.
    """
    packed = _packed_entries(stream, storage, key_of, limits, pack_bytes)
    return with_names(packed, NAME_FALLBACK, name_encoding)


async def _packed_entries(
    stream: CompressedTarStream,
    storage: PackStorage,
    key_of: Callable[[int], str],
    limits: ArchiveLimits,
    pack_bytes: int,
) -> AsyncGenerator[Entry, None]:
    await stream.find_tar()
    number = 0
    async with aclosing(walk_tar(stream, limits)) as walk:
        packer = _Packer(stream, walk, pack_bytes)
        await packer.advance()
        while entry := packer.entry:
            if not entry.is_picture:
                yield entry
                await packer.advance()
                continue
            key = key_of(number)
            async with aclosing(packer.fill(key)) as content:
                await storage.put_stream(key, content, _MEDIA_TYPE, _PART_BYTES, sole_writer=False)
            for packed in packer.packed:
                yield packed
            number += 1


@dataclass(slots=True)
class _Packer:
    """`entry` is the one whose data comes next in the tar, None after the last; `packed` are those of one pack."""

    stream: CompressedTarStream
    walk: AsyncGenerator[Entry, None]
    pack_bytes: int
    entry: Entry | None = None
    packed: list[Entry] = field(default_factory=list)

    async def advance(self) -> None:
        self.entry = await anext(self.walk, None)

    async def fill(self, key: str) -> AsyncGenerator[bytes, None]:
        """The content of one pack, starting with the current entry."""
        self.packed = []
        size = 0
        while (entry := self.entry) and len(self.packed) < PACK_ENTRIES:
            if not entry.is_picture:
                self.packed.append(entry)
            elif size and size + entry.size > self.pack_bytes:
                return
            else:
                left, crc32 = entry.size, 0
                while left:
                    piece = await self.stream.take(left)
                    left -= len(piece)
                    crc32 = zlib.crc32(piece, crc32)
                    yield piece
                self.packed.append(replace(entry, pack=key, offset=size, crc32=crc32))
                size += entry.size
            await self.advance()
