"""Looking at a few pictures of many: whether they are there, how many bytes they have, how many pixels."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from api.dependencies import Gateway
from api.dry_run.contents import Found, as_it_is_now
from api.dry_run.pixels import count_pixels
from api.sources.schemas import AnySource
from shared.errors import PhotochromError

log = structlog.get_logger()

AT_ONCE = 8


@dataclass(slots=True)
class Sampled:
    """`there` of those `looked` at are there, with `bytes` together; `measured` of these have `pixels` together."""

    looked: int = 0
    there: int = 0
    bytes: int = 0
    measured: int = 0
    pixels: int = 0

    @property
    def mean_bytes(self) -> float | None:
        return self.bytes / self.there if self.there else None

    @property
    def mean_megapixels(self) -> float | None:
        return self.pixels / self.measured / 1e6 if self.measured else None


async def look(gateway: Gateway, source: AnySource, sample: Sequence[Found], seconds: float) -> Sampled:
    """At as many of the pictures as can be looked at in so many seconds. One that cannot be read counts for less."""
    sampled, room = Sampled(), asyncio.Semaphore(AT_ONCE)

    async def look_at(found: Found) -> None:
        async with room:
            try:
                await _look(gateway, source, found, sampled)
            except PhotochromError as error:
                # What is the matter with it, the job would say of this one picture.
                log.info("dry_run.picture_unread", code=error.code)

    with suppress(TimeoutError):
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
            for found in sample:
                group.create_task(look_at(found))
    return sampled


async def _look(gateway: Gateway, source: AnySource, found: Found, sampled: Sampled) -> None:
    now = await as_it_is_now(gateway, source, found)
    sampled.looked += 1
    if now is None:
        return
    assert now.locator is not None
    assert now.size is not None
    sampled.there += 1
    sampled.bytes += now.size
    pixels = await count_pixels(gateway.buckets, now.locator)
    if pixels is not None:
        sampled.measured += 1
        sampled.pixels += pixels
