"""Retrying while a server is unavailable: work under a lease waits for an outage to end instead of failing."""

from collections.abc import AsyncIterable, Awaitable, Callable
from typing import TypeVar

import anyio
import structlog

from shared.errors import Unavailable
from shared.metrics.worker import SERVER_RETRIES
from shared.storage.errors import StorageRefused
from shared.storage.multipart import store_stream
from shared.storage.protocol import ObjectStorage, Stored
from worker.leasing.waits import waiting

Answer = TypeVar("Answer")

FIRST_DELAY_SECONDS = 0.25
MAX_DELAY_SECONDS = 10.0

log = structlog.get_logger()


async def until_available(call: Callable[[], Awaitable[Answer]]) -> Answer:
    """Retry `call` with exponential backoff while the server it needs is unavailable. `call` must be idempotent.

    This ends with success, with another error, or when the lease is lost and the caller is cancelled. There is no
    timeout, because the lease is one.

    A storage that refuses our requests (a wrong key, a missing bucket) is retried too: an operator has to fix that, and
    no picture is to blame for it.
    """
    delay = FIRST_DELAY_SECONDS
    while True:
        try:
            return await call()
        except (Unavailable, StorageRefused) as error:
            SERVER_RETRIES.labels(error.code).inc()
            log.warning("server.unavailable", code=error.code, error=error.detail, retry_seconds=delay)
            code = error.code
        with waiting(code):
            await anyio.sleep(delay)
        delay = min(delay * 2, MAX_DELAY_SECONDS)


class RetryingStorage:
    """The object storage calls that are made under a lease, retried while the storage is unavailable."""

    def __init__(self, storage: ObjectStorage) -> None:
        self._storage = storage

    async def get_range(self, key: str, offset: int, length: int) -> bytes:
        return await until_available(lambda: self._storage.get_range(key, offset, length))

    async def put(self, key: str, body: bytes, media_type: str) -> None:
        await until_available(lambda: self._storage.put(key, body, media_type))

    async def put_stream(
        self, key: str, chunks: AsyncIterable[bytes], media_type: str, part_bytes: int, *, sole_writer: bool
    ) -> Stored:
        """A stream cannot be retried, but each of its parts can."""
        return await store_stream(self, key, chunks, media_type, part_bytes, sole_writer=sole_writer)

    async def begin_parts(self, key: str, media_type: str) -> str:
        return await until_available(lambda: self._storage.begin_parts(key, media_type))

    async def put_part(self, key: str, upload: str, number: int, body: bytes) -> str:
        return await until_available(lambda: self._storage.put_part(key, upload, number, body))

    async def complete_parts(self, key: str, upload: str, etags: list[str], size: int) -> None:
        await until_available(lambda: self._storage.complete_parts(key, upload, etags, size))

    async def abort_parts(self, key: str, upload: str) -> None:
        """Not retried: it is called while the work is ending."""
        await self._storage.abort_parts(key, upload)

    async def delete(self, key: str) -> None:
        """Not retried, for the same reason."""
        await self._storage.delete(key)
