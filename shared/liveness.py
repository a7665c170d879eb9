"""Which workers are alive, by role: each repeats a heartbeat in Redis. For display only; no work depends on it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from redis import Redis, RedisError

from shared.errors import QueueUnavailable
from shared.queue import SOCKET_OPTIONS, Queue

Answer = TypeVar("Answer")

HEARTBEAT_SECONDS = 10.0
# A worker that has missed two heartbeats and is late with the third counts as dead.
ALIVE_SECONDS = 3.5 * HEARTBEAT_SECONDS


@dataclass(frozen=True, slots=True)
class Workers:
    """The workers of one role: how many are alive, and the codes of the errors of servers that their work waits for."""

    alive: int
    waits: tuple[str, ...]


class Heartbeats:
    """A sorted set for each role: workers by the time of their last heartbeat, on the clock of Redis. And a key for
    each worker that has to wait for a server, which expires as its heartbeat does.

    All methods raise QueueUnavailable.
    """

    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_url(redis_url, **SOCKET_OPTIONS)
        self._threads = CapacityLimiter(1)

    async def beat(self, role: Queue, worker: str, waits: Sequence[str] = ()) -> None:
        """The worker is alive now, and its work waits for servers because of errors with these codes."""
        key = _key(role)

        def write() -> None:
            now = self._now()
            with self._redis.pipeline() as pipeline:
                pipeline.zadd(key, {worker: now})
                pipeline.zremrangebyscore(key, "-inf", now - ALIVE_SECONDS)
                pipeline.expire(key, int(ALIVE_SECONDS) + 1)
                if waits:
                    pipeline.set(_waits_key(role, worker), " ".join(waits), ex=int(ALIVE_SECONDS) + 1)
                else:
                    pipeline.delete(_waits_key(role, worker))
                pipeline.execute()

        await self._call(write)

    async def end(self, role: Queue, worker: str) -> None:
        """The worker takes no more work."""

        def remove() -> None:
            self._redis.zrem(_key(role), worker)
            self._redis.delete(_waits_key(role, worker))

        await self._call(remove)

    async def count(self) -> dict[Queue, int]:
        """How many workers of each role are alive, also of those without any."""

        def read() -> dict[Queue, int]:
            since = self._now() - ALIVE_SECONDS
            return {role: int(self._redis.zcount(_key(role), since, "+inf")) for role in Queue}

        return await self._call(read)

    async def workers(self) -> dict[Queue, Workers]:
        """Of each role, also of those without any."""

        def read() -> dict[Queue, Workers]:
            since = self._now() - ALIVE_SECONDS
            return {role: self._workers_of(role, since) for role in Queue}

        return await self._call(read)

    def _workers_of(self, role: Queue, since: float) -> Workers:
        names: list[bytes] = list(self._redis.zrangebyscore(_key(role), since, "+inf"))  # type: ignore[arg-type]
        stated = self._redis.mget([_waits_key(role, name.decode()) for name in names]) if names else []
        codes = b" ".join(filter(None, stated)).decode().split()  # type: ignore[arg-type]
        return Workers(len(names), tuple(dict.fromkeys(codes)))

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


def _waits_key(role: Queue, worker: str) -> str:
    return f"photochrom:waits:{role.value}:{worker}"
