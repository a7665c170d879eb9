"""The bytes of a request as they arrive: complete or an error, never held up for ever, and looked at before storing."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request

from api.errors import (
    BodyIncomplete,
    BodyTooLarge,
    BodyTooSlow,
    EmptyBody,
    UnsupportedArchive,
    UnsupportedMedia,
)
from shared.archives.sniffing import (
    ARCHIVES,
    COMPRESSED,
    END_BYTES,
    PICTURES,
    PREFIX_BYTES,
    SNIFF_BYTES,
    ends_as_zip,
    has_zip_entry,
    sniff,
)
from shared.jobs.documents import JobKind

ARCHIVE_MEDIA_TYPES = {"zip": "application/zip", "tar": "application/x-tar"}
OTHER_ARCHIVES = frozenset({"application/x-7z-compressed", "application/vnd.rar"})
KNOWN = "Send a JPEG, PNG, TIFF, WebP or BMP picture, or a zip or tar of them."


@dataclass(frozen=True, slots=True)
class Pace:
    """How slow a client may be. Only the time spent waiting for it counts, not that of our own storage."""

    idle_seconds: float
    min_bytes_per_second: float
    grace_seconds: float = 60.0


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


@dataclass(frozen=True, slots=True)
class Recognized:
    """What a body is, by its first bytes, and all of its bytes, those first ones included."""

    kind: JobKind
    media_type: str
    content: AsyncIterator[bytes]


async def recognize(content: AsyncIterator[bytes]) -> Recognized:
    """Raises EmptyBody, UnsupportedMedia, UnsupportedArchive.

    What begins as a picture is one, whatever follows. What begins as nothing known may be a zip behind a prefix, as
    self-extracting ones are: it has to have an entry within its first MiB, and its end shows whether it was one. So
    reading its content, too, raises UnsupportedMedia.
    """
    beginning = bytearray()
    async for chunk in content:
        beginning += chunk
        if len(beginning) >= SNIFF_BYTES:
            break
    if not beginning:
        raise EmptyBody("The body is empty; it should be a picture or an archive of pictures.")
    found = sniff(bytes(beginning[:SNIFF_BYTES]))
    if found in PICTURES:
        return Recognized(JobKind.SINGLE, found, _joined(beginning, content))
    if found in ARCHIVES:
        return Recognized(JobKind.BULK, ARCHIVE_MEDIA_TYPES[found], _joined(beginning, content))
    if found in COMPRESSED:
        return Recognized(JobKind.BULK, found, _joined(beginning, content))
    if found is None and await _may_hold_zip(beginning, content):
        return Recognized(JobKind.BULK, ARCHIVE_MEDIA_TYPES["zip"], _to_end_of_zip(_joined(beginning, content)))
    raise _unsupported(found, bytes(beginning[:SNIFF_BYTES]))


async def _may_hold_zip(beginning: bytearray, content: AsyncIterator[bytes]) -> bool:
    """Whether an entry begins in its first MiB, which is read on as far as that takes."""
    searched = 0
    while not has_zip_entry(beginning, searched):
        searched = len(beginning)
        chunk = await anext(content, None) if searched < PREFIX_BYTES else None
        if chunk is None:
            return False
        beginning += chunk
    return True


async def _to_end_of_zip(content: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The same content. Raises UnsupportedMedia behind its last byte if it does not end as a zip does."""
    last = b""
    async for chunk in content:
        last = (last + chunk)[-END_BYTES:]
        yield chunk
    if not ends_as_zip(last):
        raise UnsupportedMedia(
            f"This begins as nothing known, and does not end as a zip behind a prefix would. {KNOWN}"
        )


def _unsupported(found: str | None, beginning: bytes) -> UnsupportedMedia:
    if found in OTHER_ARCHIVES:
        return UnsupportedArchive(
            f"This looks like {found}. Send a zip, or a tar: plain, or compressed with gzip, bzip2, xz or zstd."
        )
    if found is not None:
        return UnsupportedMedia(f"This looks like {found}. {KNOWN}")
    kind = "text" if _is_text(beginning) else "neither a picture nor an archive"
    return UnsupportedMedia(f"This looks like {kind}: it begins with {beginning[:16].decode('latin-1')!a}. {KNOWN}")


def _is_text(beginning: bytes) -> bool:
    return all(byte >= 0x20 or byte in b"\t\r\n\f\x1b" for byte in beginning)


async def _joined(first: bytearray, rest: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    yield bytes(first)
    async for chunk in rest:
        yield chunk
