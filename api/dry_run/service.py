"""A dry run: what a job would be about, how much that is, and how long it may take. Nothing is stored or begun."""

import asyncio
from contextlib import aclosing, suppress
from dataclasses import dataclass, field

from api.dependencies import Gateway
from api.dry_run.contents import Found, contents
from api.dry_run.estimate import recent_pace
from api.dry_run.measuring import Sampled, look
from api.dry_run.sampling import EvenSample
from api.dry_run.schemas import DryRun
from api.sources.schemas import JobRequest

COUNTING_SECONDS = 20.0
LOOKING_SECONDS = 10.0
SAMPLE = 32
# An index that lies in memory is read without waiting for anything: others have to have their turn, and time its check.
BREATH = 256


@dataclass(slots=True)
class _Count:
    items: int = 0
    skipped: int = 0
    # None: some are unknown.
    bytes: int | None = 0
    is_complete: bool = False
    sample: EvenSample[Found] = field(default_factory=lambda: EvenSample(SAMPLE))

    def add(self, found: Found) -> None:
        if not found.is_picture:
            self.skipped += 1
            return
        self.items += 1
        self.bytes = None if self.bytes is None or found.size is None else self.bytes + found.size
        self.sample.add(found)


async def dry_run(gateway: Gateway, owner: str, wanted: JobRequest) -> DryRun:
    """Raises what submitting it would, what would fail the job as a whole, and DryRunUnsupported. Takes bounded time
    and memory.
    """
    gateway.catalogue.resolve(wanted.options)
    count = await _count(gateway, owner, wanted)
    sampled = await look(gateway, wanted.source, count.sample.taken(), LOOKING_SECONDS)
    pace = await recent_pace(gateway, owner)
    size = sampled.mean_megapixels
    seconds = pace.estimate(count.items * wanted.options.variants, size)
    return DryRun(
        items=count.items,
        skipped=count.skipped,
        missing=sampled.looked - sampled.there,
        bytes=_bytes(count, sampled),
        megapixels=None if size is None else round(count.items * size, 3),
        sampled=sampled.looked,
        complete=count.is_complete,
        estimated_seconds=None if seconds is None else round(seconds, 1),
        basis=pace.basis,
    )


async def _count(gateway: Gateway, owner: str, wanted: JobRequest) -> _Count:
    count = _Count()
    with suppress(TimeoutError):
        async with asyncio.timeout(COUNTING_SECONDS), aclosing(await contents(gateway, owner, wanted)) as all_found:
            async for found in all_found:
                count.add(found)
                if (count.items + count.skipped) % BREATH == 0:
                    await asyncio.sleep(0)
            count.is_complete = True
    return count


def _bytes(count: _Count, sampled: Sampled) -> int | None:
    """Known, or what the sampled ones say of all."""
    if count.bytes is not None or sampled.mean_bytes is None:
        return count.bytes
    return round(count.items * sampled.mean_bytes)
