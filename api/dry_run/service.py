"""A dry run: what a job would process, how much that is, and how long it may take. Nothing is stored or started."""

import asyncio
from contextlib import aclosing, suppress
from dataclasses import dataclass, field

from api.dependencies import Gateway
from api.dry_run.contents import SourceEntry, contents
from api.dry_run.estimate import recent_throughput
from api.dry_run.measuring import SampleTotals, measure
from api.dry_run.sampling import EvenSample
from api.dry_run.schemas import DryRun
from api.sources.schemas import JobRequest

COUNTING_SECONDS = 20.0
MEASURING_SECONDS = 10.0
SAMPLE_SIZE = 32
# An index in memory is read without ever waiting, so the loop has to yield to other requests and to its own timeout.
YIELD_EVERY = 256


@dataclass(slots=True)
class _Count:
    items: int = 0
    skipped: int = 0
    # None: some sizes are unknown.
    bytes: int | None = 0
    is_complete: bool = False
    sample: EvenSample[SourceEntry] = field(default_factory=lambda: EvenSample(SAMPLE_SIZE))

    def add(self, entry: SourceEntry) -> None:
        if not entry.is_picture:
            self.skipped += 1
            return
        self.items += 1
        self.bytes = None if self.bytes is None or entry.size is None else self.bytes + entry.size
        self.sample.add(entry)


async def dry_run(gateway: Gateway, job_request: JobRequest) -> DryRun:
    """Raises what submitting would raise, what would fail the whole job, and DryRunUnsupported. Takes bounded time and
    memory.
    """
    gateway.catalogue.resolve(job_request.options)
    count = await _count(gateway, job_request)
    totals = await measure(gateway, job_request.source, count.sample.chosen(), MEASURING_SECONDS)
    recent = await recent_throughput(gateway)
    size = totals.mean_megapixels
    seconds = recent.estimate_seconds(count.items * job_request.options.variants, size)
    return DryRun(
        items=count.items,
        skipped=count.skipped,
        missing=totals.examined - totals.existing,
        bytes=_bytes(count, totals),
        megapixels=None if size is None else round(count.items * size, 3),
        sampled=totals.examined,
        complete=count.is_complete,
        estimated_seconds=None if seconds is None else round(seconds, 1),
        basis=recent.basis,
    )


async def _count(gateway: Gateway, job_request: JobRequest) -> _Count:
    count = _Count()
    with suppress(TimeoutError):
        async with asyncio.timeout(COUNTING_SECONDS), aclosing(await contents(gateway, job_request)) as entries:
            async for entry in entries:
                count.add(entry)
                if (count.items + count.skipped) % YIELD_EVERY == 0:
                    await asyncio.sleep(0)
            count.is_complete = True
    return count


def _bytes(count: _Count, totals: SampleTotals) -> int | None:
    """Exact where every size is known, else estimated from the sample."""
    if count.bytes is not None or totals.mean_bytes is None:
        return count.bytes
    return round(count.items * totals.mean_bytes)
