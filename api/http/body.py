"""The bytes of a request as they arrive: complete or an error, and never held up for ever."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request

from api.errors import BodyIncomplete, BodyTooLarge, BodyTooSlow
from api.settings import GatewaySettings


@dataclass(frozen=True, slots=True)
class Pace:
    """How slow a client may be. Only the time spent waiting for it counts, not that of our own storage."""

    idle_seconds: float
    min_bytes_per_second: float
    grace_seconds: float = 60.0

    @classmethod
    def of(cls, settings: GatewaySettings) -> "Pace":
        return cls(settings.upload_idle_seconds, settings.upload_min_bytes_per_second)


async def receive(request: Request, pace: Pace) -> AsyncGenerator[bytes, None]:
    """The body as it arrives. Raises BodyIncomplete or BodyTooSlow instead of ending early."""
    stream = request.stream()
    received, waited = 0, 0.0
    while True:
        begun = time.monotonic()
        try:
            async with asyncio.timeout(pace.idle_seconds):
                chunk = await anext(stream, None)
        except TimeoutError as error:
            raise BodyTooSlow(f"No byte of the body arrived for {pace.idle_seconds:g} seconds.") from error
        except ClientDisconnect as error:
            raise BodyIncomplete("The connection ended before the body did; nothing was kept.") from error
        if chunk is None:
            break
        waited += time.monotonic() - begun
        received += len(chunk)
        if waited > pace.grace_seconds and received < waited * pace.min_bytes_per_second:
            raise BodyTooSlow(f"The body arrives at less than {pace.min_bytes_per_second:g} bytes a second.")
        if chunk:
            yield chunk
    declared = declared_length(request)
    if declared is not None and received < declared:
        raise BodyIncomplete(f"{declared} bytes were declared, {received} arrived; nothing was kept.")


def declared_length(request: Request) -> int | None:
    """What Content-Length says. None: the body is chunked."""
    stated = request.headers.get("content-length", "")
    return int(stated) if stated.isdecimal() else None


async def capped(content: AsyncIterator[bytes], limit: int) -> AsyncGenerator[bytes, None]:
    """The same content. Raises BodyTooLarge in place of the chunk that goes beyond `limit` bytes."""
    received = 0
    async for chunk in content:
        received += len(chunk)
        if received > limit:
            raise BodyTooLarge(f"The limit is {limit} bytes.")
        yield chunk
