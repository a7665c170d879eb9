"""The task job.expand: split a job's items into chunks of item locators. `contents.py` reads the items."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
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
from shared.jobs.totals import totals_with
from shared.lifecycle import Counts, ItemState
from shared.listings.errors import ListingError
from shared.log import bind_origin
from shared.metrics.worker import ITEMS, LEASES_LOST
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
# An archive during which this many leases expired is not tried again.
MAX_EXPIRIES = 5
WORKER_LOST = Failure(code="worker_lost", detail="Workers crashed repeatedly while they read the source.")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a job is sealed with: the number of chunks, all inserted, and the chunks with pending items (None: all)."""

    chunks: int
    totals: Totals
    counts: Counts
    order: list[int] | None = None
    # How many items ended here, by state and code.
    ended: Mapping[tuple[ItemState, str], int] = field(default_factory=dict)


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
        return Contents(self.storage, self.buckets, self.chunks, self.limits)

    async def expand(self, job_id: str) -> None:
        """Expand a queued job, unless another worker does. Idempotent: chunk ids are deterministic."""
        token = new_lease_token()
        job = await self.expansions.claim_expansion(job_id, token, self.worker, self.lease.seconds)
        if job is None:
            return
        bind_origin(job.origin)
        if job.expiries >= MAX_EXPIRIES and job.chunks is None:
            await self._fail(job, token, WORKER_LOST)
            return
        log.info("job.expanding", source=job.source.type)
        try:
            renew = partial(self.expansions.renew_expansion, job.id, token, self.lease.seconds)
            async with held_lease(renew, self.lease, self.stopping):
                plan = await (self._partition(job, token) if job.chunks is None else self._reopen(job))
            # Outside of the block: sealing ends the lease, so a later renewal would be refused and look like a loss.
            sealed = await self._seal(job, token, plan)
        except LeaseLost:
            LEASES_LOST.labels(Queue.INGEST.value).inc()
            log.warning("job.expansion_lost")
        except Stopped:
            await self.expansions.release_expansion(job.id, token)
        except (ArchiveError, ListingError, BucketNotAllowed) as error:
            await self._fail(job, token, Failure(code=error.code, detail=error.detail))
        except ObjectNotFound:
            await self._fail(job, token, SOURCE_MISSING)
        except (Unavailable, StorageRefused):
            # Released at once: an expiry of the lease would count against the archive.
            await self.expansions.release_expansion(job.id, token)
            raise
        else:
            await self._send(sealed)

    async def _fail(self, job: Job, token: str, failure: Failure) -> None:
        # Without its detail, which may quote a line of a manifest. That is in the job's document.
        log.info("job.source_unusable", code=failure.code)
        await self.expansions.fail_expansion(job.id, token, failure)

    async def _send(self, job: Job) -> None:
        """Fill the job's window; settle the job at once if it has no chunk with pending items."""
        for _ in range(self.dispatch.window):
            if not await self.dispatcher.send_next(job.id):
                await self.job_service.settle(job.id)
                return

    async def _partition(self, job: Job, token: str) -> Plan:
        job = await self._contents.with_listing(self.expansions, job, token)
        if job.run > 1:
            # Chunks that an earlier run inserted before the source turned out to be unusable.
            await self.chunks.remove_older(job.id, job.run)
        chunks, totals, settled, ended = 0, Totals(items=0, bytes=0), Counts(), Counter[tuple[ItemState, str]]()
        pending: list[Chunk] = []
        async for chunk in self._chunks(job):
            pending.append(chunk)
            chunks += 1
            settled += chunk.counts
            totals = totals_with(totals, chunk.items)
            ended.update((item.state, item.error.code) for item in chunk.items if item.error)
            if len(pending) == CHUNKS_PER_INSERT:
                await self.chunks.insert(pending)
                pending = []
        if pending:
            await self.chunks.insert(pending)
        if job.run > 1:
            # An expander of that run that has not noticed yet may have inserted some of these chunks first.
            await self.chunks.adopt(job.id, job.run)
        return Plan(chunks, totals, settled, ended=ended)

    async def _reopen(self, job: Job) -> Plan:
        """Retry a sealed job: its partition is kept, and chunks with failed or canceled items, or with those that are
        retried, are opened again.
        """
        assert job.chunks is not None
        assert job.totals is not None
        order, settled = list[int](), Counts()
        retried = None if job.retried is None else {index // job.chunk_items for index in job.retried}
        async for chunk in self.chunks.outlines(job.id, job.chunks):
            counts = chunk.counts
            is_retried = counts.unfinished().pending and (retried is None or chunk.no in retried)
            if chunk.run < job.run and is_retried:
                reopened = await self.chunks.reopen(job.id, chunk.no, job.run, job.retried)
                counts = reopened.counts if reopened else counts
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
        for (state, code), count in plan.ended.items():
            ITEMS.labels(Queue.INGEST.value, state.value, code).inc(count)
        log.info("job.sealed", run=job.run, items=plan.totals.items, chunks=sealed.planned)
        return sealed

    async def _chunks(self, job: Job) -> AsyncIterator[Chunk]:
        """The job's partition. `chunk_items` is fixed per job, so the same items always give the same chunks."""
        items, no = list[Item](), 0
        async for item in self._contents.items(job):
            items.append(item)
            if len(items) == job.chunk_items:
                yield new_chunk(job.id, no, Queue.BULK, items, job.run)
                items, no = [], no + 1
        if items:
            yield new_chunk(job.id, no, Queue.BULK, items, job.run)
