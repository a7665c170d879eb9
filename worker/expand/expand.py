"""job.expand: lay what is in a job out as chunks of item locators. What that is, `contents.py` finds out."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial

import anyio
import structlog

from shared.archives.entries import ArchiveLimits
from shared.archives.errors import ArchiveError
from shared.chunks.documents import Chunk, Item, new_chunk
from shared.chunks.store import ChunkStore
from shared.documents import Failure
from shared.errors import Unavailable
from shared.ids import new_lease_token
from shared.jobs.dispatch import Dispatcher
from shared.jobs.documents import Job, Totals
from shared.jobs.expansion import Expansions
from shared.jobs.service import JobService
from shared.lifecycle import Counts
from shared.listings.errors import ListingError
from shared.queue import Queue
from shared.settings import DispatchSettings, LeaseSettings
from shared.storage.buckets import Buckets
from shared.storage.errors import BucketNotAllowed, ObjectNotFound, StorageRefused
from shared.storage.protocol import ObjectStorage
from worker.expand.contents import Contents
from worker.leasing.lease import LeaseLost, Stopped, held_lease

log = structlog.get_logger()

CHUNKS_PER_INSERT = 8

SOURCE_MISSING = Failure(code="source_missing", detail="The archive, or the listing, is no longer in the storage.")
# An archive that took down this many workers is not given another one.
MOST_EXPIRIES = 5
WORKER_LOST = Failure(code="worker_lost", detail="Workers ended again and again while they were reading the source.")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a job is sealed with: chunks, all inserted, and the numbers of those that there is work in (None: all)."""

    chunks: int
    totals: Totals
    counts: Counts
    order: list[int] | None = None


@dataclass(frozen=True, kw_only=True)
class Expander:
    expansions: Expansions
    chunks: ChunkStore
    dispatcher: Dispatcher
    job_service: JobService
    storage: ObjectStorage
    buckets: Buckets
    lease: LeaseSettings
    dispatch: DispatchSettings
    worker: str
    stopping: anyio.Event
    limits: ArchiveLimits = field(default_factory=ArchiveLimits)

    @property
    def _contents(self) -> Contents:
        return Contents(self.storage, self.buckets, self.limits)

    async def expand(self, job_id: str) -> None:
        """Expand a queued job, unless somebody else does. Harmless to repeat: chunk ids are deterministic."""
        token = new_lease_token()
        job = await self.expansions.claim_expansion(job_id, token, self.worker, self.lease.seconds)
        if job is None:
            return
        if job.expiries >= MOST_EXPIRIES and job.chunks is None:
            await self._fail(job, token, WORKER_LOST)
            return
        log.info("job.expanding", job=job.id, source=job.source.type)
        try:
            renew = partial(self.expansions.renew_expansion, job.id, token, self.lease.seconds)
            async with held_lease(renew, self.lease, self.stopping):
                plan = await (self._lay_out(job, token) if job.chunks is None else self._reopen(job))
            # Not while the lease is renewed, which ends with the seal: a renewal that came after it would be refused.
            sealed = await self._seal(job, token, plan)
        except LeaseLost:
            log.warning("job.expansion_lost", job=job.id)
        except Stopped:
            await self.expansions.release_expansion(job.id, token)
        except (ArchiveError, ListingError, BucketNotAllowed) as error:
            await self._fail(job, token, Failure(code=error.code, detail=error.detail))
        except ObjectNotFound:
            await self._fail(job, token, SOURCE_MISSING)
        except (Unavailable, StorageRefused):
            # Handed back, not left to its lease, whose expiry would count against the archive.
            await self.expansions.release_expansion(job.id, token)
            raise
        else:
            await self._send(sealed)

    async def _fail(self, job: Job, token: str, failure: Failure) -> None:
        log.info("job.source_unusable", job=job.id, code=failure.code, detail=failure.detail)
        await self.expansions.fail_expansion(job.id, token, failure)

    async def _send(self, job: Job) -> None:
        """Fill the job's window; settle it at once if there is nothing to do in it."""
        for _ in range(self.dispatch.window):
            if not await self.dispatcher.send_next(job.id):
                await self.job_service.settle(job.id)
                return

    async def _lay_out(self, job: Job, token: str) -> Plan:
        job = await self._contents.settle_on(self.expansions, job, token)
        if job.run > 1:
            # What an earlier run had inserted before it found the source unusable.
            await self.chunks.remove_older(job.id, job.run)
        chunks, totals, settled = 0, Totals(items=0, bytes=0), Counts()
        waiting: list[Chunk] = []
        async for chunk in self._chunks(job):
            waiting.append(chunk)
            chunks += 1
            settled += chunk.counts
            totals = Totals(items=totals.items + len(chunk.items), bytes=totals.bytes + _bytes(chunk))
            if len(waiting) == CHUNKS_PER_INSERT:
                await self.chunks.insert(waiting)
                waiting = []
        if waiting:
            await self.chunks.insert(waiting)
        if job.run > 1:
            # An expander of that run that does not know yet may have been faster with some.
            await self.chunks.adopt(job.id, job.run)
        return Plan(chunks, totals, settled)

    async def _reopen(self, job: Job) -> Plan:
        """A sealed job's retry: its partition stands, and the chunks with something left to do are opened again."""
        assert job.chunks is not None
        assert job.totals is not None
        order, settled = list[int](), Counts()
        async for chunk in self.chunks.outlines(job.id, job.chunks):
            counts = chunk.counts
            if chunk.run < job.run and counts.unfinished().pending:
                again = await self.chunks.reopen(job.id, chunk.no, job.run)
                counts = again.counts if again else counts
            if counts.pending:
                order.append(chunk.no)
            settled += counts
        return Plan(job.chunks, job.totals, settled, order)

    async def _seal(self, job: Job, token: str, plan: Plan) -> Job:
        sealed = await self.expansions.seal(
            job.id,
            token,
            chunks=plan.chunks,
            totals=plan.totals,
            settled=plan.counts.model_copy(update={"pending": 0}),
            order=plan.order,
        )
        if sealed is None:
            raise LeaseLost
        log.info("job.sealed", job=job.id, run=job.run, items=plan.totals.items, chunks=sealed.planned)
        return sealed

    async def _chunks(self, job: Job) -> AsyncIterator[Chunk]:
        """The job's partition, frozen by its `chunk_items`: the same items give the same chunks."""
        items, no = list[Item](), 0
        async for item in self._contents.items(job):
            items.append(item)
            if len(items) == job.chunk_items:
                yield new_chunk(job.id, no, Queue.BULK, items, job.run)
                items, no = [], no + 1
        if items:
            yield new_chunk(job.id, no, Queue.BULK, items, job.run)


def _bytes(chunk: Chunk) -> int:
    return sum(item.locator["length"] for item in chunk.items if item.locator)
