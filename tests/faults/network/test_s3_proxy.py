"""Each fault of the storage's proxy is what it claims to be, to a client that speaks plain HTTP and to ours."""

import threading
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import httpx
import pytest

from shared.storage.s3 import S3Storage
from tests.faults.network.s3_proxy import (
    S3Proxy,
    answers_with_a_page,
    breaks_off,
    changes_bytes,
    cuts_short,
    loses_its_answer,
    refuses,
    stalls,
)
from tests.fixtures.stack import wait_until
from tests.fixtures.storage import bucket_settings

pytestmark = pytest.mark.anyio

CONTENT = bytes(range(256)) * 40
KEY = "s3-proxy/a"


@pytest.fixture(scope="module")
def proxy(bucket_url: str) -> Iterator[S3Proxy]:
    with S3Proxy(urlsplit(bucket_url).port or 0) as proxy:
        yield proxy


@pytest.fixture
async def storage(proxy: S3Proxy) -> Iterator[S3Storage]:
    """Our own client, through the proxy, with an object there."""
    with closing(S3Storage(bucket_settings(proxy.url))) as storage:
        await storage.ensure_bucket()
        await storage.put(KEY, CONTENT, "text/plain")
        yield storage


def get(storage: S3Storage) -> httpx.Response:
    """The object, by a client that retries nothing."""
    return httpx.get(storage.presign_get(KEY, 60, "a", "text/plain"), timeout=5)


async def test_without_a_trouble_what_is_signed_passes(storage: S3Storage) -> None:
    assert await storage.get(KEY) == CONTENT
    assert (await storage.head(KEY)).size == len(CONTENT)
    assert [entry.key async for entry in storage.list_prefix("s3-proxy/")] == [KEY]


async def test_a_refusal_is_a_status_and_a_code(proxy: S3Proxy, storage: S3Storage) -> None:
    with proxy.troubled(refuses(503, "SlowDown")) as trouble:
        answer = get(storage)

    assert answer.status_code == 503
    assert "<Code>SlowDown</Code>" in answer.text
    assert [request.is_get for request in trouble.struck] == [True]


async def test_a_body_can_end_by_a_reset(proxy: S3Proxy, storage: S3Storage) -> None:
    with proxy.troubled(breaks_off), pytest.raises(httpx.ReadError):
        get(storage)


async def test_a_body_can_end_calmly_before_it_should(proxy: S3Proxy, storage: S3Storage) -> None:
    half, whole = len(CONTENT) // 2, len(CONTENT)

    with proxy.troubled(cuts_short), pytest.raises(httpx.RemoteProtocolError, match=f"received {half}.*{whole}"):
        get(storage)


async def test_changed_bytes_are_as_many_as_the_right_ones(proxy: S3Proxy, storage: S3Storage) -> None:
    with proxy.troubled(changes_bytes):
        received = get(storage).content

    assert len(received) == len(CONTENT)
    assert sum(actual != expected for actual, expected in zip(received, CONTENT, strict=True)) == len(CONTENT) // 1024


async def test_a_page_takes_the_place_of_what_was_asked_for(proxy: S3Proxy, storage: S3Storage) -> None:
    with proxy.troubled(answers_with_a_page):
        answer = get(storage)

    assert (answer.status_code, answer.text[:6]) == (200, "<html>")


async def test_a_stall_ends_in_a_reset_when_the_trouble_is_over(proxy: S3Proxy, storage: S3Storage) -> None:
    def ask() -> None:
        with pytest.raises(httpx.ReadError):
            get(storage)

    with proxy.troubled(stalls) as trouble:
        asking = threading.Thread(target=ask)
        asking.start()
        wait_until(lambda: trouble.struck)
        asking.join(timeout=0.3)
        assert asking.is_alive()
    asking.join()

    assert len(trouble.struck) == 1


async def test_an_answer_that_is_lost_was_an_answer(proxy: S3Proxy, storage: S3Storage) -> None:
    with proxy.troubled(loses_its_answer, lambda request: request.method == "PUT", times=1) as trouble:
        await storage.put(KEY, b"new", "text/plain")  # The second attempt is answered.

    assert len(trouble.struck) == 1
    assert await storage.get(KEY) == b"new"


async def test_a_trouble_strikes_only_whom_it_means_and_as_often_as_it_says(proxy: S3Proxy, storage: S3Storage) -> None:
    with proxy.troubled(refuses(500, "InternalError"), lambda request: request.is_get, times=2) as trouble:
        assert (await storage.head(KEY)).size == len(CONTENT)
        assert [get(storage).status_code for _ in range(3)] == [500, 500, 200]

    assert len(trouble.struck) == 2
