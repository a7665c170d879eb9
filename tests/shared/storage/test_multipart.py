"""Streams are cut into parts, of which few are in memory at once; if one fails, nothing is left behind."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

import anyio
import pytest

from shared.storage.errors import StorageUnavailable
from shared.storage.multipart import store_stream
from shared.storage.protocol import Stored

pytestmark = pytest.mark.anyio

KEY = "uploads/a"


class Parts:
    """A part store in memory that can fail at one of its calls."""

    def __init__(self, failing: str = "") -> None:
        self.objects: dict[str, bytes] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}
        self.sending = 0
        self.most_at_once = 0
        self.complete = anyio.Event()
        self._failing = failing

    async def _answer(self, call: str) -> None:
        await anyio.lowlevel.checkpoint()
        if call == self._failing:
            raise StorageUnavailable(call)

    async def put(self, key: str, body: bytes, media_type: str) -> None:
        await self._answer("put")
        self.objects[key] = body

    async def delete(self, key: str) -> None:
        await self._answer("delete")
        self.objects.pop(key, None)

    async def begin_parts(self, key: str, media_type: str) -> str:
        self.uploads[key] = {}
        # What a cancellation in between would leave.
        await anyio.sleep(0.005)
        await self._answer("begin")
        return key

    async def put_part(self, key: str, upload: str, number: int, body: bytes) -> str:
        self.sending += 1
        self.most_at_once = max(self.most_at_once, self.sending)
        # Later parts arrive first.
        await anyio.sleep(0.02 / number)
        self.sending -= 1
        await self._answer(f"part {number}")
        self.uploads[upload][number] = body
        return f"etag {number}"

    async def complete_parts(self, key: str, upload: str, etags: list[str], size: int) -> None:
        parts = self.uploads[upload]
        assert etags == [f"etag {number}" for number in sorted(parts)]
        self.objects[key] = b"".join(parts[number] for number in sorted(parts))
        assert len(self.objects[key]) == size
        await self._answer("complete")
        del self.uploads[upload]
        self.complete.set()

    async def abort_parts(self, key: str, upload: str) -> None:
        await self._answer("abort")
        del self.uploads[upload]


async def stream(count: int, chunk: bytes = b"1234567") -> AsyncGenerator[bytes, None]:
    for _ in range(count):
        yield chunk


async def store(parts: Parts, chunks: AsyncGenerator[bytes, None]) -> Stored:
    return await store_stream(parts, KEY, chunks, "application/zip", 10)


async def test_parts_are_assembled_in_order_whichever_arrives_first() -> None:
    parts = Parts()

    stored = await store(parts, stream(20))

    assert parts.objects == {KEY: b"1234567" * 20}
    assert stored.bytes == 140


async def test_a_stream_of_one_part_is_stored_with_a_single_put() -> None:
    parts = Parts(failing="begin")

    await store(parts, stream(1))

    assert parts.objects == {KEY: b"1234567"}


async def test_only_a_few_parts_are_in_flight_however_fast_the_stream() -> None:
    parts = Parts()

    await store(parts, stream(3, bytes(500)))

    assert parts.most_at_once == 2


@pytest.mark.parametrize("failing", ["part 1", "part 3", "part 14", "complete"])
async def test_whichever_call_fails_nothing_is_left_and_its_error_is_raised(failing: str) -> None:
    parts = Parts(failing)

    with pytest.raises(StorageUnavailable, match=failing):
        await store(parts, stream(20))

    assert (parts.objects, parts.uploads) == ({}, {})


async def test_the_first_error_is_raised_even_if_the_cleanup_fails_too() -> None:
    async def broken() -> AsyncGenerator[bytes, None]:
        yield bytes(25)
        raise EOFError("the client hung up")

    with pytest.raises(EOFError, match="hung up"):
        await store(Parts(failing="abort"), broken())


async def slow_stream() -> AsyncGenerator[bytes, None]:
    async for chunk in stream(10):
        await anyio.sleep(0.004)
        yield chunk


async def stop_by_scope(parts: Parts, seconds: float) -> bool:
    with anyio.move_on_after(seconds) as scope:
        await store(parts, slow_stream())
    return scope.cancelled_caught


async def stop_by_asyncio(parts: Parts, seconds: float) -> bool:
    storing = asyncio.create_task(store(parts, slow_stream()))
    await asyncio.wait([storing], timeout=seconds)
    storing.cancel()
    await asyncio.wait([storing])
    return storing.cancelled()


@pytest.mark.parametrize("stop", [stop_by_scope, stop_by_asyncio])
async def test_a_stream_canceled_at_any_point_leaves_nothing(
    stop: Callable[[Parts, float], Awaitable[bool]],
) -> None:
    for milliseconds in range(0, 70, 3):
        parts = Parts()

        stopped = await stop(parts, milliseconds / 1000)

        assert stopped == (parts.objects == {})
        assert parts.uploads == {}


@pytest.mark.parametrize("turns", range(6))
async def test_a_stream_canceled_when_it_has_just_been_stored_leaves_nothing(turns: int) -> None:
    parts = Parts()
    storing = asyncio.create_task(store(parts, stream(10)))
    await parts.complete.wait()
    for _ in range(turns):  # Until everybody who waits for it knows.
        await asyncio.sleep(0)

    storing.cancel()
    await asyncio.wait([storing])

    assert storing.cancelled() == (parts.objects == {})
