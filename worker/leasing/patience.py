"""Waiting out an outage: while a server is away, work under a lease waits instead of failing."""

from collections.abc import AsyncIterable, Awaitable, Callable
from typing import TypeVar

import anyio
import structlog

from shared.errors import Unavailable
from shared.storage.errors import StorageRefused
from shared.storage.multipart import store_stream
from shared.storage.protocol import ObjectStorage, Stored

Answer = TypeVar("Answer")

FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 10.0

log = structlog.get_logger()


async def patiently(call: Callable[[], Awaitable[Answer]]) -> Answer:
    """Repeat `call` while what it needs is away, with growing pauses. It ends by success, by another error, or when
    the lease under which it is made is lost and the caller is cancelled. `call` must be safe to repeat.

    A storage that refuses us (a wrong key, a missing bucket) is waited out too: an operator has to mend that, and no
    picture is to blame for it.
    """
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            return await call()
        except (Unavailable, StorageRefused) as error:
            log.warning("server.away", code=error.code, error=error.detail, retry_seconds=pause)
        await anyio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


class PatientStorage:
    """The calls of object storage that are made under a lease, each of which waits out an outage."""

    def __init__(self, storage: ObjectStorage) -> None:
        self._storage = storage

    async def get_range(self, key: str, offset: int, length: int) -> bytes:
        return await patiently(lambda: self._storage.get_range(key, offset, length))

    async def put(self, key: str, body: bytes, media_type: str) -> None:
        await patiently(lambda: self._storage.put(key, body, media_type))

    async def put_stream(
        self, key: str, chunks: AsyncIterable[bytes], media_type: str, part_bytes: int, *, sole_writer: bool
    ) -> Stored:
        """A stream cannot be repeated, but each part of it can."""
        return await store_stream(self, key, chunks, media_type, part_bytes, sole_writer=sole_writer)

    async def begin_parts(self, key: str, media_type: str) -> str:
        return await patiently(lambda: self._storage.begin_parts(key, media_type))

    async def put_part(self, key: str, upload: str, number: int, body: bytes) -> str:
        return await patiently(lambda: self._storage.put_part(key, upload, number, body))

    async def complete_parts(self, key: str, upload: str, etags: list[str], size: int) -> None:
        await patiently(lambda: self._storage.complete_parts(key, upload, etags, size))

    async def abort_parts(self, key: str, upload: str) -> None:
        """At once or not at all: it is part of ending."""
        await self._storage.abort_parts(key, upload)

    async def delete(self, key: str) -> None:
        """At once or not at all, likewise."""
        await self._storage.delete(key)
