"""Why a job does not move, on real servers."""

from collections.abc import AsyncIterator

import anyio
import pytest
from redis import Redis

from shared.jobs import waiting
from shared.jobs.documents import Job, JobKind
from shared.jobs.service import JobService
from shared.jobs.waiting import Waiting
from shared.lifecycle import Counts
from shared.liveness import Heartbeats
from shared.queue import Queue
from shared.stores import Stores
from tests.fixtures.ports import free_port
from tests.shared.jobs.bench import Bench
from tests.shared.jobs.conftest import Maker

pytestmark = pytest.mark.anyio


@pytest.fixture
async def heartbeats(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Heartbeats]:
    monkeypatch.setattr(waiting, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(waiting, "USABLE_SECONDS", 0.0)
    heartbeats = Heartbeats(redis_url)
    yield heartbeats
    with Redis.from_url(redis_url) as redis:
        for key in redis.scan_iter("photochrom:wait*"):
            redis.delete(key)
        for role in Queue:
            redis.delete(f"photochrom:workers:{role.value}")
    heartbeats.close()


@pytest.fixture
def reasons(stores: Stores, heartbeats: Heartbeats) -> Waiting:
    return Waiting(stores.chunks, heartbeats)


async def test_without_a_worker_of_the_role_it_waits_for_one(
    reasons: Waiting, heartbeats: Heartbeats, maker: Maker, bench: Bench
) -> None:
    await heartbeats.beat(Queue.INGEST, "another role")
    jobs = [await maker.inserted(kind=JobKind.SINGLE), await bench.sealed(1)]

    assert [await reasons.reason(job) for job in jobs] == ["a worker of role interactive", "a worker of role bulk"]
    await heartbeats.end(Queue.INGEST, "another role")
    assert await reasons.reason(await maker.inserted()) == "a worker of role ingest"


async def test_behind_others_it_waits_for_its_turn_until_a_worker_has_some_of_it(
    reasons: Waiting, heartbeats: Heartbeats, maker: Maker, bench: Bench
) -> None:
    for role in Queue:
        await heartbeats.beat(role, "worker-1")
    queued, running = await maker.inserted(), await bench.sealed(2)

    assert [await reasons.reason(job) for job in (queued, running)] == ["its turn", "its turn"]
    await bench.claim(running, 0)
    assert await reasons.reason(running) is None
    assert await reasons.reason(await maker.expanding()) is None


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("storage_full", "room on the disk"),
        ("storage_unavailable", "the object storage"),
        ("store_unavailable", "the database"),
    ],
)
async def test_it_waits_for_what_its_workers_wait_for(
    reasons: Waiting, heartbeats: Heartbeats, bench: Bench, code: str, reason: str
) -> None:
    job = await bench.sealed(1)
    await bench.claim(job, 0)
    await heartbeats.beat(Queue.INTERACTIVE, "worker-1", ["storage_full"])
    await heartbeats.beat(Queue.BULK, "worker-2", [code])

    assert await reasons.reason(job) == reason
    await heartbeats.beat(Queue.BULK, "worker-2")
    assert await reasons.reason(job) is None


async def test_when_redis_is_away_it_waits_for_the_queue(stores: Stores, bench: Bench) -> None:
    away = Heartbeats(f"redis://127.0.0.1:{free_port()}")

    assert await Waiting(stores.chunks, away).reason(await bench.sealed(1)) == "the queue"
    away.close()


async def test_a_job_that_ends_waits_for_nothing(
    reasons: Waiting, job_service: JobService, bench: Bench, maker: Maker
) -> None:
    canceled, deleting = await maker.inserted(), await maker.inserted()
    await job_service.cancel(canceled)
    await job_service.delete(deleting.id, 60)

    async def after(job: Job) -> str | None:
        return await reasons.reason(await bench.ended(job))

    assert [await after(job) for job in (canceled, deleting)] == [None, None]


async def test_no_poll_waits_for_redis_while_what_it_answered_last_is_usable(
    reasons: Waiting, heartbeats: Heartbeats, bench: Bench, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await bench.sealed(1)
    await heartbeats.beat(Queue.BULK, "worker-1")
    assert await reasons.reason(job) == "its turn"
    await heartbeats.end(Queue.BULK, "worker-1")
    monkeypatch.setattr(waiting, "USABLE_SECONDS", 60.0)

    with Redis.from_url(redis_url) as redis:
        redis.client_pause(2000)
        with anyio.fail_after(1.0):
            assert [await reasons.reason(job) for _ in range(5)] == ["its turn"] * 5
        redis.client_unpause()

    monkeypatch.setattr(waiting, "USABLE_SECONDS", 0.0)
    monkeypatch.setattr(waiting, "PATIENCE_SECONDS", 10.0)
    assert await reasons.reason(job) == "a worker of role bulk"


async def test_an_item_that_was_finished_since_the_last_look_shows_that_a_worker_has_the_job(
    reasons: Waiting, heartbeats: Heartbeats, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without another look at the chunks: none of them is leased here."""
    job = await bench.sealed(1)
    await heartbeats.beat(Queue.BULK, "worker-1")
    assert await reasons.reason(job) == "its turn"
    monkeypatch.setattr(waiting, "USABLE_SECONDS", 60.0)
    moved = job.model_copy(update={"progress": Counts(succeeded=1)})

    assert await reasons.reason(moved) is None
    assert await reasons.reason(moved) == "its turn"
