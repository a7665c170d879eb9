"""The pictures of a compressed tar, decompressed once and stored one behind the other in packs, where workers can reach
each by itself. What is no picture is not stored.
"""

import zlib
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Protocol

from shared.archives.compressed_tape import CompressedTape
from shared.archives.entries import ArchiveLimits, Entry
from shared.archives.tar_index import walk_tar
from shared.storage.protocol import Stored

PACK_BYTES = 64 * 1024**2
# Entries wait in memory until their pack is stored; small ones, and those that are no pictures, fill none for long.
PACK_ENTRIES = 4096
# The smallest that S3 takes; a few are in memory at once.
_PART_BYTES = 5 * 1024**2
_MEDIA_TYPE = "application/octet-stream"


class PackStorage(Protocol):
    """What packing needs of `ObjectStorage`."""

    async def put_stream(
        self, key: str, chunks: AsyncIterable[bytes], media_type: str, part_bytes: int, *, sole_writer: bool
    ) -> Stored:
        """As there."""


async def packed_entries(
    tape: CompressedTape,
    storage: PackStorage,
    key_of: Callable[[int], str],
    limits: ArchiveLimits,
    *,
    pack_bytes: int = PACK_BYTES,
) -> AsyncGenerator[Entry, None]:
    """Every entry, in order; a picture once its pack, whose key is `key_of` its number, is stored.

    No entry is split, so one beyond `pack_bytes` has a pack of its own. The same tar gives the same packs. Raises
    `ArchiveError`, possibly after entries were yielded, and what `put_stream` does.
    """
    await tape.find_tar()
    number = 0
    async with aclosing(walk_tar(tape, limits)) as walk:
        packer = _Packer(tape, walk, pack_bytes)
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
    await tape.drain()


@dataclass(slots=True)
class _Packer:
    """`entry` is the one whose data comes next on the tape, None behind the last; `packed` are those of a pack."""

    tape: CompressedTape
    walk: AsyncGenerator[Entry, None]
    pack_bytes: int
    entry: Entry | None = None
    packed: list[Entry] = field(default_factory=list)

    async def advance(self) -> None:
        self.entry = await anext(self.walk, None)

    async def fill(self, key: str) -> AsyncGenerator[bytes, None]:
        """The content of one pack, which begins with the current entry."""
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
                    piece = await self.tape.take(left)
                    left -= len(piece)
                    crc32 = zlib.crc32(piece, crc32)
                    yield piece
                self.packed.append(replace(entry, pack=key, offset=size, crc32=crc32))
                size += entry.size
            await self.advance()
