"""Reading a body: the minimum rate, and when it is incomplete."""

import asyncio
from typing import Any

import pytest
from starlette.requests import Request

from api.http.body import MinimumRate, receive
from api.http.errors import BodyIncomplete, BodyTooSlow

RATE = MinimumRate(idle_seconds=5.0, bytes_per_second=0)


def request_of(*messages: dict[str, Any], length: int | None = None, pause_seconds: float = 0.0) -> Request:
    """A request whose body arrives in these ASGI messages."""
    waiting = list(messages)

    async def receive_next() -> dict[str, Any]:
        await asyncio.sleep(pause_seconds)
        return waiting.pop(0)

    headers = [] if length is None else [(b"content-length", str(length).encode())]
    return Request({"type": "http", "headers": headers}, receive_next)


def part(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


async def read(request: Request, rate: MinimumRate = RATE) -> bytes:
    return b"".join([chunk async for chunk in receive(request, rate)])


def test_a_body_is_read_to_its_end() -> None:
    request = request_of(part(b"ab"), part(b""), part(b"c", more=False), length=3)

    assert asyncio.run(read(request)) == b"abc"


def test_a_disconnect_makes_the_body_incomplete() -> None:
    with pytest.raises(BodyIncomplete):
        asyncio.run(read(request_of(part(b"ab"), {"type": "http.disconnect"})))


def test_a_body_shorter_than_declared_is_incomplete() -> None:
    with pytest.raises(BodyIncomplete, match="Content-Length is 3, but 2 bytes arrived"):
        asyncio.run(read(request_of(part(b"ab", more=False), length=3)))


def test_a_body_below_the_minimum_rate_fails_after_the_grace_period() -> None:
    trickle = [part(b"a") for _ in range(100)]
    rate = MinimumRate(idle_seconds=5.0, bytes_per_second=1000, grace_seconds=0.1)

    with pytest.raises(BodyTooSlow, match="less than 1000 bytes per second"):
        asyncio.run(read(request_of(*trickle, pause_seconds=0.02), rate))


def test_time_spent_in_storage_does_not_count_against_the_client() -> None:
    async def read_slowly() -> int:
        rate = MinimumRate(idle_seconds=5.0, bytes_per_second=1000, grace_seconds=0.1)
        received = 0
        request = request_of(*[part(b"a" * 10) for _ in range(4)], part(b"", more=False))
        async for chunk in receive(request, rate):
            received += len(chunk)
            await asyncio.sleep(0.05)
        return received

    assert asyncio.run(read_slowly()) == 40
