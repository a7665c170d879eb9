"""Heartbeats of workers."""

import pytest
from redis import Redis

from shared.errors import QueueUnavailable
from shared.liveness import ALIVE_SECONDS, Heartbeats
from shared.queue import Queue
from tests.fixtures.ports import free_port

pytestmark = pytest.mark.anyio


@pytest.fixture
def heartbeats(redis_url: str):
    with Redis.from_url(redis_url) as redis:
        redis.delete(*redis.keys("photochrom:workers:*"), "none")
    parts = Heartbeats(redis_url)
    yield parts
    parts.close()


async def test_workers_are_counted_by_role_once_each(heartbeats: Heartbeats) -> None:
    for worker in ("host:1", "host:2", "host:1"):
        await heartbeats.beat(Queue.BULK, worker)
    await heartbeats.beat(Queue.INGEST, "host:3")

    assert await heartbeats.count() == {Queue.INGEST: 1, Queue.INTERACTIVE: 0, Queue.BULK: 2}


async def test_a_worker_that_has_ended_is_gone_at_once(heartbeats: Heartbeats) -> None:
    await heartbeats.beat(Queue.BULK, "host:1")

    await heartbeats.end(Queue.BULK, "host:1")

    assert (await heartbeats.count())[Queue.BULK] == 0


async def test_a_worker_without_a_recent_heartbeat_is_gone(heartbeats: Heartbeats, redis_url: str) -> None:
    with Redis.from_url(redis_url) as redis:
        redis.zadd("photochrom:workers:bulk", {"killed:1": redis.time()[0] - ALIVE_SECONDS - 1})
        await heartbeats.beat(Queue.INTERACTIVE, "host:2")

        assert await heartbeats.count() == {Queue.INGEST: 0, Queue.INTERACTIVE: 1, Queue.BULK: 0}

        await heartbeats.beat(Queue.BULK, "host:3")
        assert redis.zrange("photochrom:workers:bulk", 0, -1) == [b"host:3"]


async def test_a_redis_that_is_away_is_reported_as_such() -> None:
    parts = Heartbeats(f"redis://127.0.0.1:{free_port()}")

    with pytest.raises(QueueUnavailable):
        await parts.count()
    parts.close()
