"""Reading a request's body as it arrives: complete or an error, and no slow client can hold it open for ever."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request

from api.http.errors import BodyIncomplete, BodyTooLarge, BodyTooSlow, EncodedBody, PartialBody
from api.http.stopping import Stopping
from api.settings import GatewaySettings


@dataclass(frozen=True, slots=True)
class MinimumRate:
    """How slowly a body may arrive. Only the time spent waiting for the client counts, not that of our storage."""

    idle_seconds: float
    bytes_per_second: float
    # The average is not judged before so much time has passed.
    grace_seconds: float = 60.0

    @classmethod
    def of(cls, settings: GatewaySettings) -> "MinimumRate":
        return cls(settings.upload_idle_seconds, settings.upload_min_bytes_per_second)


async def receive(request: Request, rate: MinimumRate) -> AsyncGenerator[bytes, None]:
    """The body as it arrives. Raises BodyIncomplete, BodyTooSlow or ShuttingDown instead of ending early, and
    PartialBody or EncodedBody before the first byte.
    """
    check_representation(request)
    stream, stopping = request.stream(), Stopping.of(request)
    received, waited = 0, 0.0
    while True:
        stopping.check()
        started = time.monotonic()
        try:
            async with asyncio.timeout(rate.idle_seconds) as wait:
                with stopping.interrupts(wait):
                    chunk = await anext(stream, None)
        except TimeoutError as error:
            stopping.check()
            raise BodyTooSlow(f"No byte of the body arrived for {rate.idle_seconds:g} seconds.") from error
        except ClientDisconnect as error:
            raise BodyIncomplete("The connection ended before the body did; nothing was kept.") from error
        if chunk is None:
            break
        waited += time.monotonic() - started
        received += len(chunk)
        if waited > rate.grace_seconds and received < waited * rate.bytes_per_second:
            raise BodyTooSlow(f"The body arrived at less than {rate.bytes_per_second:g} bytes per second.")
        if chunk:
            yield chunk
    declared = declared_length(request)
    if declared is not None and received < declared:
        raise BodyIncomplete(f"Content-Length is {declared}, but {received} bytes arrived; nothing was kept.")


def check_representation(request: Request) -> None:
    """Whether the body is the content itself. Raises PartialBody if it is a part of it (RFC 9110, 14.5), EncodedBody if
    it was compressed on its way: to expand it here would let a small body become a large one.
    """
    if "content-range" in request.headers:
        raise PartialBody(
            "A body with Content-Range is a part of a file. Send the whole file, or upload it in parts: "
            "POST /v1/uploads. Nothing was kept."
        )
    codings = _tokens(request, "content-encoding") + _tokens(request, "transfer-encoding")
    if coding := next((coding for coding in codings if coding not in ("", "identity", "chunked")), None):
        raise EncodedBody(
            f"The encoding {coding[:40]!a} is unsupported. Send the file as it is, without Content-Encoding. A "
            "compressed tar needs no such header either."
        )


def _tokens(request: Request, header: str) -> list[str]:
    return [token.strip().lower() for token in ",".join(request.headers.getlist(header)).split(",")]


def declared_length(request: Request) -> int | None:
    """The Content-Length. None: the body is chunked."""
    header = request.headers.get("content-length", "")
    return int(header) if header.isdecimal() else None


async def capped(content: AsyncIterator[bytes], limit: int) -> AsyncGenerator[bytes, None]:
    """The same content. Raises BodyTooLarge instead of yielding the chunk that exceeds `limit` bytes."""
    received = 0
    async for chunk in content:
        received += len(chunk)
        if received > limit:
            raise BodyTooLarge(f"The body exceeds the limit of {limit} bytes.")
        yield chunk
