"""What a poll costs the servers, in operations: those can be counted on any machine, unlike milliseconds."""

from collections.abc import Callable, Iterator

import anyio
import httpx
import pytest
from pymongo import MongoClient
from redis import Redis

from shared.jobs import waiting
from shared.liveness import Heartbeats
from shared.queue import Queue
from tests.api.archives import zip_of
from tests.api.stage import JPEG
from tests.api.stand_in import Worker, items_named

POLLS = 20
OPERATIONS = ("query", "getmore", "insert", "update", "delete")
Spent = Callable[[str], tuple[int, int]]


@pytest.fixture
def heartbeats(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Heartbeats]:
    # Nothing is read anew, however slow the machine is.
    monkeypatch.setattr(waiting, "FRESH_SECONDS", 60.0)
    heartbeats = Heartbeats(redis_url)
    yield heartbeats
    heartbeats.close()
    with Redis.from_url(redis_url) as redis:
        redis.delete(*(f"photochrom:workers:{role.value}" for role in Queue))


@pytest.fixture
def spent(client: httpx.Client, mongo_url: str, redis_url: str) -> Iterator[Spent]:
    """Of a poll of a path: how many operations of MongoDB and how many commands of Redis.

    Rounded down, because there are a few others that do not come from polls, but with time.
    """
    with MongoClient(mongo_url) as mongo, Redis.from_url(redis_url) as redis:

        def counted() -> tuple[int, int]:
            counters = mongo.admin.command("serverStatus")["opcounters"]
            commands = redis.info("commandstats")
            calls = sum(stats["calls"] for name, stats in commands.items() if name != "cmdstat_info")
            return sum(counters[name] for name in OPERATIONS), calls

        def of_polls(path: str) -> tuple[int, int]:
            client.get(path)
            before = counted()
            for _ in range(POLLS):
                assert client.get(path).status_code == 200
            operations, commands = ((after - start) // POLLS for after, start in zip(counted(), before, strict=True))
            return operations, commands

        yield of_polls


@pytest.fixture
def bulk(client: httpx.Client, worker: Worker) -> str:
    """The path of a job that runs."""
    path = f"/v1/jobs/{client.post('/v1/jobs', content=zip_of(a=JPEG, b=JPEG)).json()['id']}"
    worker.expand(path.rpartition("/")[2], items_named("a.jpg", "b.jpg"))
    return path


def test_a_poll_of_a_running_job_reads_the_job_and_nothing_else(
    spent: Spent, bulk: str, heartbeats: Heartbeats
) -> None:
    anyio.run(heartbeats.beat, Queue.BULK, "worker-1")

    assert spent(bulk) == (1, 0)


def test_a_poll_of_a_finished_job_reads_the_job_and_nothing_else(
    spent: Spent, bulk: str, worker: Worker, heartbeats: Heartbeats, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.work(bulk.rpartition("/")[2], {0: b"colored", 1: b"colored"})
    # Even if everything were stale.
    monkeypatch.setattr(waiting, "FRESH_SECONDS", 0.0)

    assert spent(bulk) == (1, 0)


def test_a_poll_that_looks_for_the_reason_again_reads_one_chunk_more(
    spent: Spent, bulk: str, heartbeats: Heartbeats, monkeypatch: pytest.MonkeyPatch
) -> None:
    anyio.run(heartbeats.beat, Queue.BULK, "worker-1")
    monkeypatch.setattr(waiting, "FRESH_SECONDS", 0.0)

    operations, _ = spent(bulk)

    assert operations == 2
