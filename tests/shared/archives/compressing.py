"""Compressed tars for tests, as the standard library and the command-line tools write them, and packing them."""

import asyncio
import bz2
import gzip
import lzma
import sys
from collections.abc import AsyncIterable, Callable
from functools import partial

from shared.archives.compressed_tar import CompressedTarStream
from shared.archives.entries import ArchiveLimits, Entry
from shared.archives.packing import PACK_BYTES, packed_entries
from shared.storage.keys import pack_key
from shared.storage.multipart import store_stream
from shared.storage.protocol import PART_BYTES, Stored
from tests.shared.archives.making import collect
from tests.shared.archives.readers import BytesReader

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "application/gzip": partial(gzip.compress, compresslevel=1, mtime=0),
    "application/x-bzip2": partial(bz2.compress, compresslevel=1),
    "application/x-xz": partial(lzma.compress, preset=0),
    "application/zstd": partial(zstd.compress, level=1),
}
FORMATS = list(COMPRESSORS)


class PackStore:
    """The part of object storage that packing uses, in memory. Streams are cut into parts by the real code."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self._parts: dict[int, bytes] = {}

    async def put(self, key: str, body: bytes, media_type: str) -> None:
        self.objects[key] = body

    async def delete(self, key: str) -> None:
        del self.objects[key]

    async def put_stream(
        self,
        key: str,
        chunks: AsyncIterable[bytes],
        media_type: str,
        part_bytes: int = PART_BYTES,
        *,
        sole_writer: bool = True,
    ) -> Stored:
        return await store_stream(self, key, chunks, media_type, part_bytes, sole_writer=sole_writer)

    async def begin_parts(self, key: str, media_type: str) -> str:
        self._parts = {}
        return key

    async def put_part(self, key: str, upload: str, number: int, body: bytes) -> str:
        self._parts[number] = body
        return str(number)

    async def complete_parts(self, key: str, upload: str, etags: list[str], size: int) -> None:
        self.objects[key] = b"".join(self._parts[number] for number in sorted(self._parts))

    async def abort_parts(self, key: str, upload: str) -> None:
        self._parts = {}

    def content(self, entry: Entry) -> bytes:
        """The bytes to which the entry's locator points."""
        locator = entry.locator("the archive")
        return self.objects[locator["key"]][locator["offset"] :][: locator["length"]]


def pack(
    content: bytes,
    media_type: str,
    store: PackStore | None = None,
    limits: ArchiveLimits | None = None,
    pack_bytes: int = PACK_BYTES,
) -> list[Entry]:
    limits = limits or ArchiveLimits()
    stream = CompressedTarStream(BytesReader(content), media_type, limits)
    key_of = partial(pack_key, "job_1")
    entries = packed_entries(stream, store or PackStore(), key_of, limits, pack_bytes=pack_bytes)
    return asyncio.run(collect(entries))
