"""Measuring a sample of the pictures: whether they exist, how many bytes they have, and how many pixels."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from api.dependencies import Gateway
from api.dry_run.contents import SourceEntry, checked
from api.dry_run.pixels import count_pixels
from api.sources.schemas import AnySource
from shared.errors import PhotochromError

log = structlog.get_logger()

CONCURRENCY = 8


@dataclass(slots=True)
class SampleTotals:
    """Of the `examined` pictures, `existing` ones exist and have `bytes` in total; `measured` of these have `pixels` in
    total.
    """

    examined: int = 0
    existing: int = 0
    bytes: int = 0
    measured: int = 0
    pixels: int = 0

    @property
    def mean_bytes(self) -> float | None:
        return self.bytes / self.existing if self.existing else None

    @property
    def mean_megapixels(self) -> float | None:
        return self.pixels / self.measured / 1e6 if self.measured else None


async def measure(
    gateway: Gateway, source: AnySource, sample: Sequence[SourceEntry], timeout_seconds: float
) -> SampleTotals:
    """As many of the pictures as can be measured in that time. An unreadable one counts as far as it was read."""
    totals, slots = SampleTotals(), asyncio.Semaphore(CONCURRENCY)

    async def measure_in_turn(entry: SourceEntry) -> None:
        async with slots:
            try:
                await _measure(gateway, source, entry, totals)
            except PhotochromError as error:
                # In a job, the same error would fail this one item.
                log.info("dry_run.picture_unread", code=error.code)

    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_seconds), asyncio.TaskGroup() as group:
            for entry in sample:
                group.create_task(measure_in_turn(entry))
    return totals


async def _measure(gateway: Gateway, source: AnySource, entry: SourceEntry, totals: SampleTotals) -> None:
    current = await checked(gateway, source, entry)
    totals.examined += 1
    if current is None:
        return
    assert current.locator is not None
    assert current.size is not None
    totals.existing += 1
    totals.bytes += current.size
    pixels = await count_pixels(gateway.buckets, current.locator)
    if pixels is not None:
        totals.measured += 1
        totals.pixels += pixels
