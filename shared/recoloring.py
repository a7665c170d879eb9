"""Coloring a preview anew, while somebody waits: a request and its answer, each under a key in Redis for some seconds.

No work depends on them. What Redis loses, or what nobody takes in time, is asked for again by whoever still wants it.
"""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar, cast

from pydantic import BaseModel, ConfigDict
from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.documents import Failure
from shared.errors import QueueUnavailable, TooMany
from shared.jobs.options import Options
from shared.log import Origin
from shared.queue import SOCKET_OPTIONS

Answer = TypeVar("Answer")

# How long a request may take: after that nobody waits for it, and no worker begins it.
LIFETIME_SECONDS = 10
# A gateway waits for at most so many at once. They take turns with single pictures, which are worth more.
MOST_AT_ONCE = 16
# Redis before 7 rounds a timeout of a millisecond or less down to 0, which means forever.
SHORTEST_WAIT_SECONDS = 0.01

_PICTURE, _FAILURE = b"+", b"-"


class TooManyRecolorings(TooMany):
    """The gateway waits for many pictures already."""

    code = "too_many_recolorings"


class RecolorRequest(BaseModel):
    """`preview` is the key of the source's preview. The last variant of `options` is the one to make."""

    model_config = ConfigDict(frozen=True)

    preview: str
    options: Options
    # SHA-256 of the model's weights; None: whatever it has now.
    checkpoint: str | None
    # For the log.
    origin: Origin = Origin()


class Recolorings:
    """All methods raise QueueUnavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """Among those that this process waits for. Raises TooManyRecolorings."""
        if self._waiting >= MOST_AT_ONCE:
            raise TooManyRecolorings(f"{MOST_AT_ONCE} pictures are being colorized anew for others. Try again.")
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    async def ask(self, request: RecolorRequest) -> str:
        """Returns the token of the request."""
        token = secrets.token_hex(16)
        content = request.model_dump_json()
        await self._call(lambda: self._redis.set(_request_key(token), content, ex=LIFETIME_SECONDS))
        return token

    async def take(self, token: str) -> RecolorRequest | None:
        """None: its time is over, nobody waits for it any more, or another worker has it."""

        async def get_and_delete() -> list[bytes | None]:
            async with self._redis.pipeline() as pipeline:
                pipeline.get(_request_key(token))
                pipeline.delete(_request_key(token))
                return list(await pipeline.execute())

        content, _ = await self._call(get_and_delete)
        return None if content is None else RecolorRequest.model_validate_json(content)

    async def answer(self, token: str, outcome: bytes | Failure) -> None:
        """With a picture, or with why there is none."""
        content = _FAILURE + outcome.model_dump_json().encode() if isinstance(outcome, Failure) else _PICTURE + outcome

        async def push() -> None:
            async with self._redis.pipeline() as pipeline:
                pipeline.rpush(_answer_key(token), content)
                pipeline.expire(_answer_key(token), LIFETIME_SECONDS)
                await pipeline.execute()

        await self._call(push)

    async def wait(self, token: str, seconds: float) -> bytes | Failure | None:
        """The answer. None: not yet."""

        popped = await self._call(lambda: self._pop(token, seconds))
        if popped is None:
            return None
        _, content = popped
        return content[1:] if content[:1] == _PICTURE else Failure.model_validate_json(content[1:])

    async def _pop(self, token: str, seconds: float) -> tuple[bytes, bytes] | None:
        timeout = max(seconds, SHORTEST_WAIT_SECONDS)
        # Its types include those of other settings and protocols.
        return cast("tuple[bytes, bytes] | None", await self._redis.blpop([_answer_key(token)], timeout=timeout))

    async def drop(self, token: str) -> None:
        """Nobody waits for it any more."""
        await self._call(lambda: self._redis.delete(_request_key(token), _answer_key(token)))

    async def _call(self, call: Callable[[], Awaitable[Answer]]) -> Answer:
        try:
            return await call()
        except (RedisError, OSError, TimeoutError) as error:
            raise QueueUnavailable(f"The queue did not respond: {error}") from error


@asynccontextmanager
async def open_recolorings(redis_url: str) -> AsyncIterator[Recolorings]:
    async with Redis.from_url(redis_url, **SOCKET_OPTIONS) as redis:
        yield Recolorings(redis)


def _request_key(token: str) -> str:
    return f"photochrom:recolor:request:{token}"


def _answer_key(token: str) -> str:
    return f"photochrom:recolor:answer:{token}"
