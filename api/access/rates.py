"""Counting the requests of each key: in Redis, so that all gateways count together; here while Redis is away."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger()

WINDOW_SECONDS = 10
# A poll takes a few milliseconds; it must not wait for a Redis that does not answer.
TIMEOUT_SECONDS = 0.25
# So many refusals in a window are answered at once, further ones after a delay.
PROMPT_REFUSALS = 10
DELAY_SECONDS = 1.0
# After a failure, Redis is left alone for so long.
AWAY_SECONDS = 5.0
MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Standing:
    """A key's requests in the current window: the quota, how many are left, and the seconds until the next window."""

    quota: int
    left: int
    reset_seconds: int

    @property
    def is_exceeded(self) -> bool:
        return self.left < 0

    @property
    def refusal_delay(self) -> float:
        """Seconds after which to refuse. Whoever goes on regardless is slowed down: otherwise a flood would take its
        full share of the gateway's time just by being refused. At random, so that its connections do not ask at once.
        """
        return _delay(-self.left)

    def headers(self) -> dict[str, str]:
        """As in draft-ietf-httpapi-ratelimit-headers-11."""
        return {
            "RateLimit-Policy": f'"requests";q={self.quota};w={WINDOW_SECONDS}',
            "RateLimit": f'"requests";r={max(0, self.left)};t={self.reset_seconds}',
        }


class Rates:
    """Fixed windows: simple, the same for all gateways, and a client that is refused knows when to come back."""

    def __init__(self, redis: Redis, clock: Callable[[], float] = time.time) -> None:
        self._redis = redis
        self._clock = clock
        self._window = 0
        # By key, of the current window only: what this process has counted, and what all have as far as it knows.
        self._counts: dict[str, int] = {}
        self._away_until = 0.0

    async def count(self, key: str, requests_per_second: float) -> Standing:
        """Counts one request. Never fails: without Redis, each gateway counts its own."""
        now = self._clock()
        window, quota = self._begin_window(now), max(1, round(requests_per_second * WINDOW_SECONDS))
        known = self._counts.get(key, 0) + 1
        # Once a key has exceeded its quota, Redis need not be asked again in this window.
        if known <= quota and now >= self._away_until:
            known = max(known, await self._count_in_redis(key, window, now))
        if window == self._window:
            self._counts[key] = known
        return Standing(quota, quota - known, max(1, round((window + 1) * WINDOW_SECONDS - now)))

    def count_refusal(self, address: str) -> float:
        """Counts a request without a valid key. Returns the seconds after which to refuse it."""
        self._begin_window(self._clock())
        name = f"refused {address}"
        self._counts[name] = self._counts.get(name, 0) + 1
        return _delay(self._counts[name])

    def _begin_window(self, now: float) -> int:
        window = int(now // WINDOW_SECONDS)
        if window != self._window or len(self._counts) > MOST_COUNTED:
            self._window, self._counts = window, {}
        return window

    async def _count_in_redis(self, key: str, window: int, now: float) -> int:
        name = f"photochrom:requests:{key}:{window}"
        try:
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.incr(name)
                pipeline.expire(name, 2 * WINDOW_SECONDS)
                count, _ = await pipeline.execute()
        except (RedisError, OSError, TimeoutError) as error:
            self._away_until = now + AWAY_SECONDS
            log.warning("rates.counted_here_only", error=str(error), seconds=AWAY_SECONDS)
            return 0
        return int(count)


def _delay(refusals: int) -> float:
    return random.uniform(0.5, 1.5) * DELAY_SECONDS if refusals > PROMPT_REFUSALS else 0.0
