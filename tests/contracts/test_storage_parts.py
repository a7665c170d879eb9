"""The contract of multipart uploads that bypass the gateway, on the embedded bucket server and on moto's."""

import os
import urllib.request
from uuid import uuid4

import anyio
import pytest

from shared.clock import utc_now
from shared.storage.errors import ObjectNotFound, PartsRefused
from shared.storage.opening import open_storage
from shared.storage.protocol import ObjectStorage
from tests.fixtures.storage import bucket_settings

pytestmark = pytest.mark.anyio

PART = 5 * 1024 * 1024
CONTENT = os.urandom(PART + 17)


@pytest.fixture
def storage(any_storage: ObjectStorage) -> ObjectStorage:
    return any_storage


@pytest.fixture
def key() -> str:
    return f"tests/{uuid4().hex}"


async def send(storage: ObjectStorage, key: str) -> tuple[str, list[str]]:
    upload = await storage.begin_parts(key, "application/zip")
    parts = (CONTENT[:PART], CONTENT[PART:])
    return upload, [await storage.put_part(key, upload, number, part) for number, part in enumerate(parts, 1)]


async def test_completing_parts_makes_an_object_and_may_be_repeated(storage: ObjectStorage, key: str) -> None:
    upload, etags = await send(storage, key)
    assert [info async for info in storage.list_prefix(key)] == []

    await storage.complete_parts(key, upload, etags, len(CONTENT))
    await storage.complete_parts(key, upload, etags, len(CONTENT))

    assert await storage.get(key) == CONTENT


async def test_a_presigned_part_needs_no_key_and_returns_its_etag(storage: ObjectStorage, key: str) -> None:
    upload = await storage.begin_parts(key, "application/zip")

    def put(url: str, body: bytes) -> str:
        request = urllib.request.Request(url, body, {"Content-Type": "application/zip"}, method="PUT")
        with urllib.request.urlopen(request) as answer:
            return str(answer.headers["ETag"])

    url = storage.presign_part(key, upload, 1, 7, 60)
    etag = await anyio.to_thread.run_sync(put, url, b"content")
    await storage.complete_parts(key, upload, [etag], 7)

    assert await storage.get(key) == b"content"


async def test_a_wrong_etag_completes_nothing_and_the_right_one_still_can(storage: ObjectStorage, key: str) -> None:
    upload, etags = await send(storage, key)

    with pytest.raises(PartsRefused):
        await storage.complete_parts(key, upload, [etags[0], '"0"'], len(CONTENT))
    with pytest.raises(PartsRefused):
        await storage.complete_parts(key, upload, [*etags, etags[0]], len(CONTENT))
    await storage.complete_parts(key, upload, etags, len(CONTENT))

    assert await storage.get(key) == CONTENT


async def test_aborted_parts_are_gone(bucket_url: str, key: str) -> None:
    """On the bucket server only, because moto fails."""
    with open_storage(bucket_settings(bucket_url)) as storage:
        await storage.ensure_bucket()
        upload, etags = await send(storage, key)

        await storage.abort_parts(key, upload)

        with pytest.raises(ObjectNotFound):
            await storage.put_part(key, upload, 1, b"late")
        with pytest.raises(ObjectNotFound):
            await storage.complete_parts(key, upload, etags, len(CONTENT))
        with pytest.raises(ObjectNotFound):
            await storage.abort_parts(key, upload)


async def test_buckets_of_the_same_server_are_separate(storage: ObjectStorage, key: str) -> None:
    other = storage.in_bucket(f"other-{uuid4().hex}")
    await other.ensure_bucket()
    await other.put(key, b"theirs", "image/jpeg")

    assert await other.get(key) == b"theirs"
    with pytest.raises(ObjectNotFound):
        await storage.get(key)


async def test_what_was_neither_completed_nor_aborted_is_listed_by_prefix(bucket_url: str, key: str) -> None:
    """On the bucket server only: moto lists aborted ones, too."""
    with open_storage(bucket_settings(bucket_url)) as storage:
        await storage.ensure_bucket()
        completed, etags = await send(storage, f"{key}/completed")
        await storage.complete_parts(f"{key}/completed", completed, etags, len(CONTENT))
        aborted = await storage.begin_parts(f"{key}/aborted", "image/jpeg")
        await storage.abort_parts(f"{key}/aborted", aborted)
        begun = [await storage.begin_parts(f"{key}/begun", "image/jpeg") for _ in range(2)]
        await storage.begin_parts(f"other/{key}", "image/jpeg")

        listed = [parts async for parts in storage.list_begun_parts(f"{key}/")]

    assert [(parts.key, parts.upload) for parts in listed] == [(f"{key}/begun", upload) for upload in sorted(begun)]
    assert all(abs((utc_now() - parts.begun).total_seconds()) < 60 for parts in listed)
