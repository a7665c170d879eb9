"""Limits of a key: requests, open jobs, stored bytes. And when storage or the queue is unwell, no new work."""

from collections.abc import Callable
from typing import Any

import anyio
import httpx
import pytest
from redis.asyncio import Redis

from api.access import rates
from api.access.rates import WINDOW_SECONDS, Rates
from shared.errors import QueueReadOnly, QueueUnavailable
from shared.keys.format import new_key_text
from shared.queue import TaskQueue
from shared.storage.errors import StorageRefused, StorageUnavailable
from tests.api.access.conftest import MakeKey
from tests.api.access.test_keys import outcome
from tests.api.finished_job import finished_job
from tests.api.stage import JPEG, Stage
from tests.api.stand_in import Worker
from tests.fixtures.ports import free_port

pytestmark = pytest.mark.usefixtures("nothing_remembered")
ClientOf = Callable[[str | None], httpx.Client]
NOW = 1_000_000.0


@pytest.fixture
def frozen(guarded: Stage, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time by which requests are counted. Each test begins another window, far from the others."""
    now = [NOW + 1000 * next(_tests)]
    monkeypatch.setattr(guarded.gateway.access.rates, "_clock", lambda: now[0])
    return now


_tests = iter(range(1000))


def test_requests_beyond_the_rate_wait_for_the_next_window(
    make_key: MakeKey, client_of: ClientOf, frozen: list[float]
) -> None:
    client = client_of(make_key(limits={"requests_per_second": 0.3}))

    answers = [client.get("/v1/jobs") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["RateLimit-Policy"] == '"requests";q=3;w=10'
    assert [answer.headers["RateLimit"] for answer in answers] == [f'"requests";r={left};t=10' for left in (2, 1, 0, 0)]
    assert answers[3].json()["code"] == "too_many_requests"
    assert answers[3].headers["Retry-After"] == "10"

    frozen[0] += WINDOW_SECONDS
    assert client.get("/v1/jobs").status_code == 200


def test_whoever_goes_on_regardless_is_slowed_down(
    make_key: MakeKey, client_of: ClientOf, frozen: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "PROMPT_REFUSALS", 1)
    monkeypatch.setattr(rates, "DELAY_SECONDS", 0.6)
    client = client_of(make_key(limits={"requests_per_second": 0.1}))

    answers = [client.get("/v1/jobs") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 429, 429]
    assert answers[2].elapsed.total_seconds() >= 0.3 > answers[1].elapsed.total_seconds()


def test_whoever_tries_keys_is_slowed_down(
    guarded: Stage, client_of: ClientOf, frozen: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "PROMPT_REFUSALS", 1)
    monkeypatch.setattr(rates, "DELAY_SECONDS", 0.6)

    answers = [client_of(new_key_text().text).get("/v1/jobs") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert answers[1].elapsed.total_seconds() >= 0.3 > answers[0].elapsed.total_seconds()


def test_the_limit_is_each_keys_own(make_key: MakeKey, client_of: ClientOf, frozen: list[float]) -> None:
    busy, polite = (client_of(make_key(limits={"requests_per_second": 0.1})) for _ in range(2))

    assert [busy.get("/v1/jobs").status_code for _ in range(2)] == [200, 429]
    assert polite.get("/v1/jobs").status_code == 200


def test_without_a_key_there_is_no_limit(client: httpx.Client) -> None:
    assert "RateLimit" not in client.get("/v1/jobs").headers


def counts(*urls: str, requests: int) -> list[list[int]]:
    """What each of several gateways has left after each of its requests, of 5."""

    async def count() -> list[list[int]]:
        left: list[list[int]] = []
        for url in urls:
            async with Redis.from_url(url, socket_timeout=0.25, socket_connect_timeout=0.25) as redis:
                counting = Rates(redis, clock=lambda: NOW)
                left.append([(await counting.count("key", 0.5)).left for _ in range(requests)])
        return left

    return anyio.run(count)


def test_gateways_count_together_and_each_for_itself_while_redis_is_away(redis_url: str) -> None:
    async def forget() -> None:
        async with Redis.from_url(redis_url) as redis:
            await redis.delete(f"photochrom:requests:key:{int(NOW // WINDOW_SECONDS)}")

    anyio.run(forget)
    away = f"redis://127.0.0.1:{free_port()}"

    assert counts(redis_url, redis_url, requests=2) == [[4, 3], [2, 1]]
    assert counts(away, away, requests=6) == [[4, 3, 2, 1, 0, -1]] * 2


def test_a_flood_asks_redis_no_more_once_it_is_over_the_limit(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def flood() -> int:
        requests = 0

        async def noted(*_: object) -> int:
            nonlocal requests
            requests += 1
            return requests

        async with Redis.from_url(redis_url) as redis:
            counting = Rates(redis, clock=lambda: NOW)
            monkeypatch.setattr(counting, "_count_in_redis", noted)
            for _ in range(1000):
                await counting.count("key", 0.5)
        return requests

    assert anyio.run(flood) == 5


def test_the_count_in_this_process_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MOST_COUNTED", 10)

    async def many() -> int:
        async with Redis.from_url(f"redis://127.0.0.1:{free_port()}") as redis:
            counting = Rates(redis, clock=lambda: NOW)
            for number in range(100):
                await counting.count(f"key-{number}", 1)
            return len(counting._counts)

    assert anyio.run(many) <= 11


def test_open_jobs_are_limited(guarded: Stage, make_key: MakeKey, client_of: ClientOf) -> None:
    client = client_of(make_key(limits={"open_jobs": 1}))
    job = client.post("/v1/jobs", content=JPEG).json()

    refused = client.post("/v1/jobs", content=JPEG)
    assert outcome(refused) == (429, "too_many_open_jobs")
    assert refused.headers["Retry-After"]
    assert client_of(make_key("family", limits={"open_jobs": 1})).post("/v1/jobs", content=JPEG).status_code == 202

    client.post(f"{job['links']['self']}/cancel").raise_for_status()
    assert client.post("/v1/jobs", content=JPEG).status_code == 202
    # A retry would be one more.
    assert outcome(client.post(f"{job['links']['self']}/retry")) == (429, "too_many_open_jobs")
    assert client.get(job["links"]["self"]).status_code == 200


def test_stored_bytes_are_limited_with_results_and_uploads(
    guarded: Stage, make_key: MakeKey, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded.gateway.admission._stored, "_seconds", 0)
    unlimited = client_of(make_key("museum"))
    job = unlimited.get(f"/v1/jobs/{finished_job(unlimited, Worker(guarded), 'image/jpeg', **{'a.jpg': b'a'})}").json()
    unlimited.post("/v1/uploads", json={"bytes": 1000}).raise_for_status()

    async def results() -> None:
        await guarded.gateway.database["jobs"].update_one({"_id": job["id"]}, {"$set": {"result_bytes": 500}})

    guarded.portal.call(results)
    kept = job["source"]["bytes"] + 500 + 1000

    def answer_with(limit: int) -> tuple[int, str]:
        return outcome(
            client_of(make_key("museum", limits={"stored_bytes": limit})).post("/v1/uploads", json={"bytes": 10})
        )

    assert answer_with(kept + 9) == (413, "stored_bytes_exceeded")
    assert answer_with(kept + 10)[0] == 201
    full = client_of(make_key("museum", limits={"stored_bytes": kept}))
    assert outcome(full.post("/v1/jobs", content=JPEG)) == (413, "stored_bytes_exceeded")
    assert full.get("/v1/jobs").status_code == 200
    assert (
        client_of(make_key("family", limits={"stored_bytes": 5000})).post("/v1/jobs", content=JPEG).status_code == 202
    )


@pytest.mark.parametrize(
    ("what", "error", "status"),
    [
        ("storage", StorageUnavailable("away"), 503),
        ("storage", StorageRefused("403 403"), 202),
        ("queue", QueueReadOnly("out of memory"), 503),
        ("queue", QueueUnavailable("away"), 202),
    ],
    ids=["storage away", "storage refuses a HEAD", "queue full", "queue away"],
)
def test_no_new_work_while_storage_or_queue_is_unwell(
    client: httpx.Client, stage: Stage, monkeypatch: pytest.MonkeyPatch, what: str, error: Exception, status: int
) -> None:
    async def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(stage.gateway.admission.wellness._failures, "_seconds", 0)
    job = client.post("/v1/jobs", content=JPEG).json()
    target = (type(stage.gateway.storage), "ping") if what == "storage" else (TaskQueue, "check_writes")
    monkeypatch.setattr(*target, fail)

    answers = [client.post("/v1/jobs", content=JPEG), client.post("/v1/uploads", json={"bytes": 10})]

    assert [answer.status_code for answer in answers] == ([503, 503] if status == 503 else [202, 201])
    assert all(answer.headers.get("Retry-After") for answer in answers if status == 503)
    assert client.get(job["links"]["self"]).status_code == 200
    assert client.post(f"{job['links']['self']}/cancel").status_code in (200, 202)
