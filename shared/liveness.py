"""Which workers are alive, by role: each repeats a heartbeat in Redis. For display only; no work depends on it."""

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from redis import Redis, RedisError

from shared.errors import QueueUnavailable
from shared.queue import SOCKET_OPTIONS, Queue

Answer = TypeVar("Answer")

HEARTBEAT_SECONDS = 10.0
# A worker that has missed two heartbeats and is late with the third counts as dead.
ALIVE_SECONDS = 3.5 * HEARTBEAT_SECONDS


class Heartbeats:
    """A sorted set for each role: workers by the time of their last heartbeat, on the clock of Redis.

    All methods raise QueueUnavailable.
    """

    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_url(redis_url, **SOCKET_OPTIONS)
        self._threads = CapacityLimiter(1)

    async def beat(self, role: Queue, worker: str) -> None:
        """The worker is alive now."""
        key = _key(role)

        def write() -> None:
            now = self._now()
            with self._redis.pipeline() as pipeline:
                pipeline.zadd(key, {worker: now})
                pipeline.zremrangebyscore(key, "-inf", now - ALIVE_SECONDS)
                pipeline.expire(key, int(ALIVE_SECONDS) + 1)
                pipeline.execute()

        await self._call(write)

    async def end(self, role: Queue, worker: str) -> None:
        """The worker takes no more work."""
        await self._call(lambda: self._redis.zrem(_key(role), worker))

    async def count(self) -> dict[Queue, int]:
        """How many workers of each role are alive, also of those without any."""

        def read() -> dict[Queue, int]:
            since = self._now() - ALIVE_SECONDS
            return {role: int(self._redis.zcount(_key(role), since, "+inf")) for role in Queue}

        return await self._call(read)

    def _now(self) -> float:
        seconds, microseconds = self._redis.time()
        return float(seconds + microseconds / 1_000_000)

    async def _call(self, call: Callable[[], Answer]) -> Answer:
        try:
            return await to_thread.run_sync(call, limiter=self._threads)
        except (RedisError, OSError) as error:
            raise QueueUnavailable(f"The queue did not respond: {error}") from error

    def close(self) -> None:
        self._redis.close()


def _key(role: Queue) -> str:
    return f"photochrom:workers:{role.value}"
