"""`waiting_for` over HTTP: on a job and in the list, and part of the ETag."""

from collections.abc import Iterator

import anyio
import httpx
import pytest
from redis import Redis

from shared.jobs import waiting
from shared.liveness import Heartbeats
from shared.queue import Queue
from tests.api.archives import zip_of
from tests.api.stage import JPEG
from tests.api.stand_in import Worker, items_named


@pytest.fixture
def heartbeats(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Heartbeats]:
    monkeypatch.setattr(waiting, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(waiting, "USABLE_SECONDS", 0.0)
    heartbeats = Heartbeats(redis_url)
    yield heartbeats
    heartbeats.close()
    with Redis.from_url(redis_url) as redis:
        redis.delete(*(f"photochrom:workers:{role.value}" for role in Queue))


def test_a_job_says_what_it_waits_for_and_so_does_the_list(
    client: httpx.Client, worker: Worker, heartbeats: Heartbeats
) -> None:
    url = f"/v1/jobs/{client.post('/v1/jobs', content=zip_of(a=JPEG)).json()['id']}"
    first = client.get(url)
    anyio.run(heartbeats.beat, Queue.INGEST, "worker-1")
    second = client.get(url, headers={"If-None-Match": first.headers["etag"]})

    assert first.json()["waiting_for"] == "a worker of role ingest"
    assert (second.status_code, second.json()["waiting_for"]) == (200, "its turn")
    assert client.get(url, headers={"If-None-Match": second.headers["etag"]}).status_code == 304
    assert [job["waiting_for"] for job in client.get("/v1/jobs").json()["data"]] == ["its turn"]

    worker.expand(url.rpartition("/")[2], items_named("a.jpg"))
    assert client.get(url).json()["waiting_for"] == "a worker of role bulk"
    worker.work(url.rpartition("/")[2], {0: b"colored"})
    assert client.get(url).json()["waiting_for"] is None


def test_a_long_poll_ends_when_the_reason_changes(client: httpx.Client, heartbeats: Heartbeats) -> None:
    url = f"/v1/jobs/{client.post('/v1/jobs', content=JPEG).json()['id']}"
    etag = client.get(url).headers["etag"]
    anyio.run(heartbeats.beat, Queue.INTERACTIVE, "worker-1")

    held = client.get(url, params={"wait": 20}, headers={"If-None-Match": etag})

    assert (held.status_code, held.json()["waiting_for"]) == (200, "its turn")
