"""Comparing database and storage: what is missing, has another size or SHA-256, or belongs to nothing. Only reads.

It may run beside the service: a job that changed while it was examined is left out, and what is younger than the grace
may belong to what is under way.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime

from shared.chunks.documents import Chunk, Result
from shared.jobs.corrections import counts_of_ended
from shared.jobs.documents import Job, Source
from shared.lifecycle import ENDS, Counts, ItemState, JobState
from shared.storage.errors import ObjectNotFound
from shared.storage.keys import job_prefix
from shared.storage.protocol import ObjectInfo, ObjectStorage
from shared.stores import Stores

KEPT = [state for state in JobState if state.is_kept]
JOBS, UPLOADS = "jobs/", "uploads/"
MADE = ("/results/", "/previews/")


@dataclass(frozen=True, slots=True)
class Lost:
    """A result that is not in the storage as it was recorded. `why`: missing, size or SHA-256."""

    key: str
    why: str
    job: Job
    no: int
    place: int


@dataclass
class Comparison:
    lost: list[Lost] = field(default_factory=list)
    # Keys of sources, packs and listings that a job refers to.
    sources: list[str] = field(default_factory=list)
    # Jobs that have ended, whose counts are not those of their chunks.
    uncounted: list[Job] = field(default_factory=list)
    # Results and previews of jobs that have ended, which no item has: left by workers that lost their lease.
    unrecorded: list[tuple[str, Job]] = field(default_factory=list)
    # Objects without a job, a submission or an upload.
    orphans: list[str] = field(default_factory=list)
    jobs: int = 0
    objects: int = 0


@dataclass(frozen=True)
class Comparing:
    stores: Stores
    storage: ObjectStorage
    # What was modified since then is nobody's business.
    before: datetime
    sums: bool = False

    async def run(self) -> Comparison:
        """Raises StoreUnavailable, StorageUnavailable, StorageRefused."""
        comparison = Comparison()
        async for job in self.stores.jobs.in_state(*KEPT):
            of_job = await self._compare(job)
            now = await self.stores.jobs.get(job.id)
            if now is None or (now.run, now.state) != (job.run, job.state):
                continue  # It changed meanwhile.
            comparison.jobs += 1
            comparison.lost += of_job.lost
            comparison.sources += of_job.sources
            comparison.uncounted += of_job.uncounted
            comparison.unrecorded += of_job.unrecorded
        comparison.orphans = [key async for key in self._orphans(comparison)]
        return comparison

    async def _compare(self, job: Job) -> Comparison:
        comparison, counts = Comparison(), Counts()
        needed, recorded = _sources(job), set[str]()
        # First: what a chunk has recorded was stored before, so the later listing has it.
        chunks = [chunk async for chunk in self.stores.chunks.in_order(job.id)]
        objects = {info.key: info async for info in self.storage.list_prefix(job_prefix(job.id))}
        for chunk in chunks:
            counts += chunk.counts
            needed |= _locations(chunk)
            recorded |= _made(chunk)
            comparison.lost += [lost async for lost in self._lost(job, chunk, objects)]
        comparison.sources = [key for key in sorted(needed - objects.keys()) if not await self._exists(key)]
        if job.state in ENDS:
            if job.chunks is not None and job.counts != counts_of_ended(job.state, counts):
                comparison.uncounted.append(job)
            others = [
                info for key, info in objects.items() if key not in recorded and any(made in key for made in MADE)
            ]
            comparison.unrecorded = [(info.key, job) for info in others if self._is_old(info)]
        return comparison

    async def _lost(self, job: Job, chunk: Chunk, objects: dict[str, ObjectInfo]) -> AsyncIterator[Lost]:
        for place, item in enumerate(chunk.items):
            for result in item.results if item.state is ItemState.SUCCEEDED else ():
                if why := await self._why_lost(result, objects.get(result.key)):
                    yield Lost(result.key, why, job, chunk.no, place)

    async def _why_lost(self, result: Result, info: ObjectInfo | None) -> str | None:
        if info is None:
            return "missing"
        if info.size != result.bytes:
            return "size"
        return "SHA-256" if self.sums and await self._sha256(result.key) != result.sha256 else None

    async def _sha256(self, key: str) -> str:
        digest = hashlib.sha256()
        async with aclosing(self.storage.open_range(key)) as blocks:
            async for block in blocks:
                digest.update(block)
        return digest.hexdigest()

    async def _exists(self, key: str) -> bool:
        try:
            await self.storage.head(key)
        except ObjectNotFound:
            return False
        return True

    async def _orphans(self, comparison: Comparison) -> AsyncIterator[str]:
        owned: dict[str, bool] = {}
        for prefix in (JOBS, UPLOADS):
            async for info in self.storage.list_prefix(prefix):
                comparison.objects += 1
                if self._is_old(info):
                    owner = info.key.split("/")[1]
                    if owner not in owned:
                        owned[owner] = await self.is_owned(info.key)
                    if not owned[owner]:
                        yield info.key

    async def is_owned(self, key: str) -> bool:
        """Whether a job, a submission or an upload has this key. The submission is looked up first, because it ends
        only after its job was inserted.
        """
        owner = key.split("/")[1]
        if key.startswith(UPLOADS):
            return await self.stores.uploads.get(owner) is not None
        return await self.stores.submissions.exists(owner) or await self.stores.jobs.get(owner) is not None

    def _is_old(self, info: ObjectInfo) -> bool:
        return info.modified is not None and info.modified < self.before


def _sources(job: Job) -> set[str]:
    source = {job.source.key} if isinstance(job.source, Source) else set()
    return source | ({job.listing.key} if job.listing else set())


def _locations(chunk: Chunk) -> set[str]:
    """The objects in the service's bucket from which items come."""
    locators = [item.locator for item in chunk.items if item.locator and not item.locator.get("bucket")]
    return {locator["key"] for locator in locators}


def _made(chunk: Chunk) -> set[str]:
    previews = [item.previews for item in chunk.items if item.previews]
    pictures = [key for each in previews for key in (each.source.key, each.result.key)]
    return {*pictures, *(result.key for item in chunk.items for result in item.results)}
