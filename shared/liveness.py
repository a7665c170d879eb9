"""Which workers are alive, by role: each repeats a heartbeat in Redis. For display only; no work depends on it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
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
            names = self._names()
            keys = [_waits_key(role, name.decode()) for role, of_role in names.items() for name in of_role]
            codes: Iterator[bytes | None] = iter(self._redis.mget(keys) if keys else [])  # type: ignore[arg-type]
            return {role: _workers(list(islice(codes, len(of_role)))) for role, of_role in names.items()}

        return await self._call(read)

    def _names(self) -> dict[Queue, list[bytes]]:
        """Of those that are alive."""
        since = self._now() - ALIVE_SECONDS
        with self._redis.pipeline(transaction=False) as pipeline:
            for role in Queue:
                pipeline.zrangebyscore(_key(role), since, "+inf")
            return dict(zip(Queue, pipeline.execute(), strict=True))

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


def _workers(codes: Sequence[bytes | None]) -> Workers:
    """By what each has stated that it waits for."""
    stated = b" ".join(filter(None, codes)).decode().split()
    return Workers(len(codes), tuple(dict.fromkeys(stated)))


def _key(role: Queue) -> str:
    return f"photochrom:workers:{role.value}"


def _waits_key(role: Queue, worker: str) -> str:
    return f"photochrom:waits:{role.value}:{worker}"
