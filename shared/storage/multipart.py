"""Storing a stream of unknown length as one object, in the memory of a few parts. Independent of the server."""

import hashlib
import zlib
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable
from contextlib import aclosing, suppress
from typing import Protocol

from anyio import CancelScope, Semaphore, create_task_group, get_cancelled_exc_class, move_on_after

from shared.errors import PhotochromError
from shared.storage.protocol import Stored

_PARTS_IN_FLIGHT = 2
_CLEANUP_SECONDS = 60


class PartStore(Protocol):
    """The calls of a multipart upload, and two more for streams that fit into one part."""

    async def put(self, key: str, body: bytes, media_type: str) -> None: ...
    async def delete(self, key: str) -> None: ...
    async def begin_parts(self, key: str, media_type: str) -> str:
        """Begin a multipart upload; returns its id."""

    async def put_part(self, key: str, upload: str, number: int, body: bytes) -> str:
        """Send one part; `number` counts from 1. Returns its ETag."""

    async def complete_parts(self, key: str, upload: str, etags: list[str], size: int) -> None: ...
    async def abort_parts(self, key: str, upload: str) -> None: ...


class _Parts:
    """Cuts a stream into parts of equal size, the last one shorter; counts and hashes its bytes."""

    def __init__(self, chunks: AsyncIterable[bytes], part_bytes: int) -> None:
        self.size = 0
        self.digest = hashlib.sha256()
        self.crc32 = 0
        self._chunks = chunks
        self.part_bytes = part_bytes

    async def cut(self) -> AsyncGenerator[bytes, None]:
        """At least one part, which is empty if the stream is."""
        buffer = bytearray()
        async for chunk in self._chunks:
            self.size += len(chunk)
            self.digest.update(chunk)
            self.crc32 = zlib.crc32(chunk, self.crc32)
            buffer += chunk
            while len(buffer) >= self.part_bytes:
                yield bytes(memoryview(buffer)[: self.part_bytes])
                del buffer[: self.part_bytes]
        if buffer or not self.size:
            yield bytes(buffer)


async def store_stream(
    store: PartStore,
    key: str,
    chunks: AsyncIterable[bytes],
    media_type: str,
    part_bytes: int,
    *,
    sole_writer: bool = True,
) -> Stored:
    """Implements `ObjectStorage.put_stream`."""
    parts = _Parts(chunks, part_bytes)
    try:
        # In a separate task: asyncio's cancellation, which ignores shields, arrives there as one of anyio's.
        async with create_task_group() as group:
            group.start_soon(_store, store, key, media_type, parts, sole_writer)
    except BaseExceptionGroup as failures:
        raise _first_cause(failures) from None
    except get_cancelled_exc_class():
        # It may arrive when that task has just stored all, and has nothing more to clean up after.
        if sole_writer:
            await _clean_up(store.delete(key))
        raise
    return Stored(parts.size, parts.digest.hexdigest(), parts.crc32)


async def _store(store: PartStore, key: str, media_type: str, parts: _Parts, sole_writer: bool) -> None:
    try:
        async with aclosing(parts.cut()) as cut:
            first = await anext(cut)
            if len(first) < parts.part_bytes:
                await store.put(key, first, media_type)
            else:
                await _store_parts(store, key, media_type, first, others=cut, parts=parts)
    except BaseException:
        if sole_writer:
            await _clean_up(store.delete(key))
        raise


async def _store_parts(
    store: PartStore, key: str, media_type: str, first: bytes, *, others: AsyncGenerator[bytes, None], parts: _Parts
) -> None:
    # Shielded: otherwise an upload could begin whose id is lost.
    with CancelScope(shield=True):
        upload = await store.begin_parts(key, media_type)
    try:
        etags = await _send_parts(store, key, upload, first, others)
        await store.complete_parts(key, upload, etags, parts.size)
    except BaseException:
        await _clean_up(store.abort_parts(key, upload))
        raise


async def _send_parts(
    store: PartStore, key: str, upload: str, first: bytes, others: AsyncGenerator[bytes, None]
) -> list[str]:
    """Keep reading while parts are sent, up to the number of parts that may be in memory. The ETags, in order."""
    etags: dict[int, str] = {}
    slots = Semaphore(_PARTS_IN_FLIGHT)

    async def send(number: int, part: bytes) -> None:
        try:
            etags[number] = await store.put_part(key, upload, number, part)
        finally:
            slots.release()

    async with create_task_group() as group:
        await slots.acquire()
        group.start_soon(send, 1, first)
        number = 1
        async for part in others:
            number += 1
            await slots.acquire()
            group.start_soon(send, number, part)
    return [etags[n] for n in sorted(etags)]


async def _clean_up(removal: Awaitable[None]) -> None:
    """Remove what was stored so far, even when canceled. If that fails, too, the first error is the one to report."""
    with move_on_after(_CLEANUP_SECONDS, shield=True), suppress(PhotochromError):
        await removal


def _first_cause(group: BaseExceptionGroup[BaseException]) -> BaseException:
    cause: BaseException = group
    while isinstance(cause, BaseExceptionGroup):
        cause = cause.exceptions[0]
    return cause
