"""The faults of the S3 proxy, seen by a plain HTTP client and by the service's storage client."""

import threading
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import httpx
import pytest

from shared.storage.s3 import S3Storage
from tests.faults.network.s3_proxy import (
    S3Proxy,
    corrupts_bytes,
    loses_response,
    refuses,
    resets_midway,
    returns_html,
    stalls,
    truncates,
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
    """The service's storage client, through the proxy, with one object stored."""
    with closing(S3Storage(bucket_settings(proxy.url))) as storage:
        await storage.ensure_bucket()
        await storage.put(KEY, CONTENT, "text/plain")
        yield storage


def get(storage: S3Storage) -> httpx.Response:
    """Fetch the object without retries."""
    return httpx.get(storage.presign_get(KEY, 60, "a", "text/plain"), timeout=5)


async def test_without_a_fault_signed_requests_pass(storage: S3Storage) -> None:
    assert await storage.get(KEY) == CONTENT
    assert (await storage.head(KEY)).size == len(CONTENT)
    assert [entry.key async for entry in storage.list_prefix("s3-proxy/")] == [KEY]


async def test_a_refusal_has_its_status_and_code(proxy: S3Proxy, storage: S3Storage) -> None:
    with proxy.faulty(refuses(503, "SlowDown")) as active_fault:
        answer = get(storage)

    assert answer.status_code == 503
    assert "<Code>SlowDown</Code>" in answer.text
    assert [request.is_get for request in active_fault.struck] == [True]


async def test_a_body_can_end_in_a_reset(proxy: S3Proxy, storage: S3Storage) -> None:
    with proxy.faulty(resets_midway), pytest.raises(httpx.ReadError):
        get(storage)


async def test_a_body_can_end_early_with_a_regular_close(proxy: S3Proxy, storage: S3Storage) -> None:
    half, whole = len(CONTENT) // 2, len(CONTENT)

    with proxy.faulty(truncates), pytest.raises(httpx.RemoteProtocolError, match=f"received {half}.*{whole}"):
        get(storage)


async def test_a_corrupted_body_keeps_its_length(proxy: S3Proxy, storage: S3Storage) -> None:
    with proxy.faulty(corrupts_bytes):
        received = get(storage).content

    assert len(received) == len(CONTENT)
    assert sum(actual != expected for actual, expected in zip(received, CONTENT, strict=True)) == len(CONTENT) // 1024


async def test_an_html_page_can_replace_the_response(proxy: S3Proxy, storage: S3Storage) -> None:
    with proxy.faulty(returns_html):
        answer = get(storage)

    assert (answer.status_code, answer.text[:6]) == (200, "<html>")


async def test_a_stall_ends_in_a_reset_when_the_fault_ends(proxy: S3Proxy, storage: S3Storage) -> None:
    def ask() -> None:
        with pytest.raises(httpx.ReadError):
            get(storage)

    with proxy.faulty(stalls) as active_fault:
        asking = threading.Thread(target=ask)
        asking.start()
        wait_until(lambda: active_fault.struck)
        asking.join(timeout=0.3)
        assert asking.is_alive()
    asking.join()

    assert len(active_fault.struck) == 1


async def test_a_request_with_a_lost_response_takes_effect(proxy: S3Proxy, storage: S3Storage) -> None:
    with proxy.faulty(loses_response, lambda request: request.method == "PUT", times=1) as active_fault:
        await storage.put(KEY, b"new", "text/plain")  # The second attempt gets a response.

    assert len(active_fault.struck) == 1
    assert await storage.get(KEY) == b"new"


async def test_a_fault_hits_only_matching_requests_and_at_most_n_of_them(proxy: S3Proxy, storage: S3Storage) -> None:
    with proxy.faulty(refuses(500, "InternalError"), lambda request: request.is_get, times=2) as active_fault:
        assert (await storage.head(KEY)).size == len(CONTENT)
        assert [get(storage).status_code for _ in range(3)] == [500, 500, 200]

    assert len(active_fault.struck) == 2
