"""The contract of object storage, on the embedded bucket server and on moto's."""

import hashlib
import os
import urllib.request
import zlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import uuid4

import anyio
import pytest

from shared.storage.errors import ObjectChanged, ObjectNotFound, ObjectTooShort
from shared.storage.protocol import CHUNK_BYTES, ObjectStorage, Stored

pytestmark = pytest.mark.anyio

PART = 5 * 1024 * 1024


@pytest.fixture
def storage(any_storage: ObjectStorage) -> ObjectStorage:
    return any_storage


@pytest.fixture
def prefix() -> str:
    return f"tests/{uuid4().hex}/"


async def chunks_of(content: bytes, size: int) -> AsyncGenerator[bytes, None]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def keys_below(storage: ObjectStorage, prefix: str) -> list[str]:
    return [info.key async for info in storage.list_prefix(prefix)]


async def test_a_put_object_is_read_back(storage: ObjectStorage, prefix: str) -> None:
    await storage.put(prefix + "a", b"silver bromide", "image/jpeg")

    assert await storage.get(prefix + "a") == b"silver bromide"


async def test_an_empty_object_is_an_object(storage: ObjectStorage, prefix: str) -> None:
    await storage.put(prefix + "a", b"", "image/jpeg")

    assert await storage.get(prefix + "a") == b""
    assert (await storage.head(prefix + "a")).size == 0
    assert [chunk async for chunk in storage.open_range(prefix + "a")] == []


async def test_a_second_put_replaces_the_first_and_changes_the_etag(storage: ObjectStorage, prefix: str) -> None:
    await storage.put(prefix + "a", b"first", "image/jpeg")
    first = await storage.head(prefix + "a")

    await storage.put(prefix + "a", b"the second", "image/jpeg")

    second = await storage.head(prefix + "a")
    assert await storage.get(prefix + "a") == b"the second"
    assert (second.size, second.etag != first.etag) == (10, True)


@pytest.mark.parametrize("key", ["plain", "with space/ümlaut/照片.jpg", "a+b&c=d%20?.jpg", "~x~(1).jpg"])
async def test_any_reasonable_key_works(storage: ObjectStorage, prefix: str, key: str) -> None:
    await storage.put(prefix + key, b"content", "image/jpeg")

    assert await storage.get_range(prefix + key, 0, 7) == b"content"
    assert await keys_below(storage, prefix) == [prefix + key]


@pytest.mark.parametrize("length", [0, 1, 1000, PART - 1, PART, PART + 1, 3 * PART + 17])
async def test_a_stream_of_any_length_is_stored_completely(storage: ObjectStorage, prefix: str, length: int) -> None:
    content = os.urandom(length)

    stored = await storage.put_stream(prefix + "a", chunks_of(content, 777_777), "application/zip", PART)

    assert stored == Stored(length, hashlib.sha256(content).hexdigest(), zlib.crc32(content))
    assert await storage.get(prefix + "a") == content


async def test_a_stream_that_fails_leaves_nothing_and_raises_its_error(storage: ObjectStorage, prefix: str) -> None:
    async def broken() -> AsyncGenerator[bytes, None]:
        yield os.urandom(2 * PART + 5)
        raise EOFError("the client hung up")

    with pytest.raises(EOFError, match="hung up"):
        await storage.put_stream(prefix + "a", broken(), "application/zip", PART)

    assert await keys_below(storage, prefix) == []


async def test_a_short_stream_that_fails_leaves_nothing(storage: ObjectStorage, prefix: str) -> None:
    async def broken() -> AsyncGenerator[bytes, None]:
        yield b"PK"
        raise EOFError("the client hung up")

    with pytest.raises(EOFError, match="hung up"):
        await storage.put_stream(prefix + "a", broken(), "application/zip", PART)

    assert await keys_below(storage, prefix) == []


async def test_a_canceled_stream_leaves_nothing(storage: ObjectStorage, prefix: str) -> None:
    async def endless() -> AsyncGenerator[bytes, None]:
        yield os.urandom(2 * PART)
        scope.cancel()
        await anyio.sleep_forever()

    with anyio.CancelScope() as scope:
        await storage.put_stream(prefix + "a", endless(), "application/zip", PART)

    assert scope.cancelled_caught
    assert await keys_below(storage, prefix) == []


@pytest.mark.parametrize(("offset", "length"), [(0, 1), (0, 1000), (10, 90), (999, 1), (500, 0)])
async def test_a_range_has_exactly_the_requested_bytes(
    storage: ObjectStorage, prefix: str, offset: int, length: int
) -> None:
    content = os.urandom(1000)
    await storage.put(prefix + "a", content, "image/jpeg")

    assert await storage.get_range(prefix + "a", offset, length) == content[offset : offset + length]


@pytest.mark.parametrize(("offset", "length"), [(0, 1001), (999, 2), (1000, 1), (5000, 10)])
async def test_a_range_beyond_the_end_is_an_error_not_a_short_read(
    storage: ObjectStorage, prefix: str, offset: int, length: int
) -> None:
    await storage.put(prefix + "a", bytes(1000), "image/jpeg")

    with pytest.raises(ObjectTooShort):
        await storage.get_range(prefix + "a", offset, length)
    with pytest.raises(ObjectTooShort):
        await anext(storage.open_range(prefix + "a", offset, length))


async def test_an_open_range_comes_in_bounded_chunks(storage: ObjectStorage, prefix: str) -> None:
    content = os.urandom(3 * CHUNK_BYTES + 5)
    await storage.put(prefix + "a", content, "image/jpeg")

    whole = [chunk async for chunk in storage.open_range(prefix + "a")]
    tail = [chunk async for chunk in storage.open_range(prefix + "a", 100)]
    middle = [chunk async for chunk in storage.open_range(prefix + "a", 7, CHUNK_BYTES + 1)]

    assert b"".join(whole) == content
    assert b"".join(tail) == content[100:]
    assert b"".join(middle) == content[7 : CHUNK_BYTES + 8]
    assert max(map(len, whole)) <= CHUNK_BYTES


async def test_an_open_range_may_be_left_early(storage: ObjectStorage, prefix: str) -> None:
    await storage.put(prefix + "a", bytes(8 * CHUNK_BYTES), "image/jpeg")

    async with aclosing(storage.open_range(prefix + "a")) as chunks:
        await anext(chunks)

    assert len(await storage.get(prefix + "a")) == 8 * CHUNK_BYTES


async def test_a_read_with_an_etag_never_returns_another_version(storage: ObjectStorage, prefix: str) -> None:
    await storage.put(prefix + "a", b"silver bromide", "image/jpeg")
    etag = (await storage.head(prefix + "a")).etag
    (listed,) = [info async for info in storage.list_prefix(prefix)]

    assert listed.etag == etag
    assert await storage.get_range(prefix + "a", 0, 6, etag) == b"silver"
    assert [chunk async for chunk in storage.open_range(prefix + "a", 7, etag=etag)] == [b"bromide"]

    await storage.put(prefix + "a", b"silver nitrate", "image/jpeg")
    with pytest.raises(ObjectChanged):
        await storage.get_range(prefix + "a", 0, 6, etag)
    with pytest.raises(ObjectChanged):
        await anext(storage.open_range(prefix + "a", etag=etag))


async def test_a_missing_object_is_not_found(storage: ObjectStorage, prefix: str) -> None:
    with pytest.raises(ObjectNotFound):
        await storage.get(prefix + "a")
    with pytest.raises(ObjectNotFound):
        await storage.get_range(prefix + "a", 0, 1)
    with pytest.raises(ObjectNotFound):
        await storage.head(prefix + "a")
    with pytest.raises(ObjectNotFound):
        await anext(storage.open_range(prefix + "a"))


async def test_deleting_is_idempotent(storage: ObjectStorage, prefix: str) -> None:
    await storage.put(prefix + "a", b"x", "image/jpeg")

    await storage.delete(prefix + "a")
    await storage.delete(prefix + "a")

    assert await keys_below(storage, prefix) == []


async def test_a_listing_has_the_keys_of_the_prefix_in_order(storage: ObjectStorage, prefix: str) -> None:
    for key in ("b/2", "b/1", "b/10/x", "bc", "a", "c/1"):
        await storage.put(prefix + key, b"12345", "image/jpeg")

    listed = [(info.key.removeprefix(prefix), info.size) async for info in storage.list_prefix(prefix + "b")]

    assert listed == [("b/1", 5), ("b/10/x", 5), ("b/2", 5), ("bc", 5)]


async def test_listing_and_deleting_continue_beyond_one_page(storage: ObjectStorage, prefix: str) -> None:
    async with anyio.create_task_group() as group:
        for number in range(1001):
            group.start_soon(storage.put, f"{prefix}many/{number:04d}", b"", "image/jpeg")
    await storage.put(prefix + "other", b"", "image/jpeg")

    listed = await keys_below(storage, prefix + "many/")
    deleted = await storage.delete_prefix(prefix + "many/")

    assert listed == [f"{prefix}many/{number:04d}" for number in range(1001)]
    assert deleted == 1001
    assert await keys_below(storage, prefix) == [prefix + "other"]


async def test_a_presigned_url_needs_no_key_and_names_the_file(storage: ObjectStorage, prefix: str) -> None:
    await storage.put(prefix + "a", b"content", "application/octet-stream")

    url = storage.presign_get(prefix + "a", 60, "Straße 1.jpg", "image/jpeg")

    with await anyio.to_thread.run_sync(urllib.request.urlopen, url) as answer:
        assert answer.read() == b"content"
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''Stra%C3%9Fe%201.jpg"


async def test_a_reachable_bucket_answers_a_ping_and_is_not_created_twice(storage: ObjectStorage) -> None:
    await storage.ensure_bucket()

    await storage.ping()
