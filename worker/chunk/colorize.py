"""chunk.colorize: claim a chunk, send the job's next one, take its items through the pipeline, record, settle."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import anyio
import structlog
from anyio import to_thread
from anyio.streams.memory import MemoryObjectReceiveStream

from shared.chunks.documents import Chunk, Item, counts_with, sums_with
from shared.chunks.leases import ChunkLeases
from shared.documents import Failure
from shared.errors import StoreUnavailable
from shared.ids import new_lease_token
from shared.jobs.dispatch import Dispatcher
from shared.jobs.documents import Job, JobKind
from shared.jobs.service import JobService
from shared.jobs.store import JobStore
from shared.lifecycle import ItemState, JobState, count_states
from shared.settings import LeaseSettings
from shared.storage.buckets import Buckets
from shared.storage.protocol import ObjectStorage
from worker.chunk.memory_budget import MemoryBudget
from worker.chunk.pipeline import Pipeline
from worker.chunk.request import variant_requests
from worker.imaging import Provenance
from worker.leasing.exclusive_lock import SharedExclusiveLock
from worker.leasing.lease import LeaseLost, Stopped, held_lease
from worker.leasing.retrying import until_available
from worker.models.inference import Colorizers
from worker.models.registry import ModelUnavailable
from worker.sandbox import DecoderPool

log = structlog.get_logger()

SOFTWARE = "Photochrom"
# From this expiry on, a chunk's items are tried one at a time, to find the one that takes workers down with it.
SUSPICIOUS_EXPIRIES = 2
SUSPECTED_TWICE = 2

Finished = tuple[int, Item]


@dataclass(frozen=True, kw_only=True)
class ChunkColorizer:
    jobs: JobStore
    leases: ChunkLeases
    dispatcher: Dispatcher
    job_service: JobService
    storage: ObjectStorage
    buckets: Buckets
    decoders: DecoderPool
    colorizers: Colorizers
    lease: LeaseSettings
    worker: str
    stopping: anyio.Event
    process_lock: SharedExclusiveLock = field(default_factory=SharedExclusiveLock)
    # What finishes within this time is recorded together: an update costs much the same for any number of items.
    record_seconds: float = 1.0

    async def colorize(self, job_id: str, no: int) -> None:
        """Work on a chunk, unless somebody else does or there is nothing to do: a message may come twice, or late."""
        token = new_lease_token()
        chunk = await self.leases.claim(job_id, no, token, self.worker, self.lease.seconds)
        if chunk is None:
            return
        job = await self._running_job(chunk)
        if job is None:
            # Read after the claim, so a cancel cannot be overtaken: from here on it would have found our lease.
            await self.leases.hand_back(chunk.id, token)
            await self.job_service.settle(job_id)
            return
        log.info("chunk.claimed", chunk=chunk.id, items=chunk.counts.pending, expiries=chunk.expiries)
        if job.kind is JobKind.BULK and chunk.claims == 1:
            # Not at a later claim, or each lost lease would widen the window for good. Should the first claimer die
            # before this, the reconciler finds the window short of one.
            await self.dispatcher.send_next(job_id)
        await ChunkRun(self, job, chunk, token).work()
        await self.job_service.settle(job_id)

    async def _running_job(self, chunk: Chunk) -> Job | None:
        job = await self.jobs.get(chunk.job)
        if job is not None and job.state is JobState.QUEUED:
            # A single picture starts with its claim. None: it was canceled in between, or another claim started it.
            job = await self.jobs.start_single(chunk.job, chunk.run) or await self.jobs.get(chunk.job)
        return job if job is not None and job.state is JobState.RUNNING and job.run == chunk.run else None


class ChunkRun:
    """One lease's work on one chunk."""

    def __init__(self, parts: ChunkColorizer, job: Job, chunk: Chunk, token: str) -> None:
        self._parts = parts
        self._job = job
        self._chunk = chunk
        self._token = token
        self._finished: dict[int, Item] = {}
        # Whom a hand-back must clear: the place being tried alone, and how often it had been before.
        self._cleared: dict[int, int] = {}

    async def work(self) -> None:
        """Colorize and record what is pending. Returns when that is done, or handed back, or the lease was lost."""
        lease = self._parts.lease
        try:
            renew = partial(self._parts.leases.renew, self._chunk.id, self._token, lease.seconds)
            async with held_lease(renew, lease, self._parts.stopping) as held, anyio.create_task_group() as group:
                self._held = held
                self._outbox, inbox = anyio.create_memory_object_stream[Finished](math.inf)
                group.start_soon(self._record_all, inbox)
                with self._outbox:
                    await self._colorize_pending()
        except LeaseLost:
            log.warning("chunk.lease_lost", chunk=self._chunk.id)
        except Stopped:
            await self._hand_back()
        else:
            log.info("chunk.done", chunk=self._chunk.id)

    async def _hand_back(self) -> None:
        if await self._parts.leases.hand_back(self._chunk.id, self._token, cleared=self._cleared):
            log.info("chunk.handed_back", chunk=self._chunk.id)
            await self._parts.dispatcher.send_chunk(self._job.id, self._chunk.no, self._chunk.queue)

    async def _colorize_pending(self) -> None:
        pending = [(place, item) for place, item in enumerate(self._chunk.items) if item.state is ItemState.PENDING]
        colorizers, model = self._parts.colorizers, self._job.options.model or ""
        try:
            # In a thread: it may have to be loaded, or wait while another chunk's minibatch is on the device.
            colorizer = await to_thread.run_sync(colorizers.get, model)
        except ModelUnavailable as error:
            # Where it was looked for is for operators to know, not for everyone who may see the item.
            log.warning("model.unavailable", model=model, detail=error.detail)
            await self._fail_all(pending, error.code, f"The worker has no model {model!r}.")
            return
        if self._job.options.hints and not colorizer.takes_hints:
            # It did when the job was accepted.
            detail = f"The model {colorizer.name!r} takes no hints."
            await self._fail_all(pending, "hints_unsupported", detail)
            return
        suspicious = self._chunk.expiries >= SUSPICIOUS_EXPIRIES
        pipeline = Pipeline(
            storage=self._parts.storage,
            buckets=self._parts.buckets,
            decoders=self._parts.decoders,
            colorizers=colorizers,
            job=self._job,
            variants=variant_requests(self._job.options, Provenance(SOFTWARE, colorizer.name, colorizer.sha256)),
            token=self._token,
            budget=MemoryBudget(),
            # Under suspicion an item is recorded before the next one is tried, so that it is not blamed for it.
            finish=self._record_one if suspicious else self._finish,
        )
        if suspicious:
            async with self._parts.process_lock.exclusive():
                await self._try_each(pipeline, pending)
        else:
            async with self._parts.process_lock.shared():
                await pipeline.run(pending)

    async def _fail_all(self, pending: Sequence[Finished], code: str, detail: str) -> None:
        for place, item in pending:
            await self._finish(place, _failed(item, code, detail))

    async def _try_each(self, pipeline: Pipeline, pending: Sequence[Finished]) -> None:
        for place, item in pending:
            if item.suspect >= SUSPECTED_TWICE:
                detail = "Workers ended twice while they were working on this picture alone."
                await self._record_one(place, _failed(item, "worker_lost", detail))
                continue
            await until_available(partial(self._mark_suspect, place, item.suspect))
            await pipeline.run([(place, item)])
            self._cleared = {}

    async def _mark_suspect(self, place: int, before: int) -> None:
        """Not to be cancelled between the mark and its note here, by which a hand-back clears it again."""
        with anyio.CancelScope(shield=True):
            if await self._parts.leases.mark_suspect(self._chunk.id, self._token, place, before + 1):
                self._cleared = {place: before}
            else:
                self._held.end(LeaseLost())

    async def _finish(self, place: int, item: Item) -> None:
        await self._outbox.send((place, item))

    async def _record_one(self, place: int, item: Item) -> None:
        await self._record({place: item})

    async def _record_all(self, inbox: MemoryObjectReceiveStream[Finished]) -> None:
        async with inbox:
            async for first in inbox:
                group = dict([first])
                with anyio.move_on_after(self._parts.record_seconds):
                    while True:
                        try:
                            place, item = await inbox.receive()
                        except anyio.EndOfStream:
                            break
                        group[place] = item
                await self._record(group)

    async def _record(self, group: dict[int, Item]) -> None:
        """Write finished items down. Counts and sums are absolute, so the update may be repeated after an outage."""
        self._finished |= group
        counts = counts_with(self._chunk, self._finished)
        sums = sums_with(self._chunk, self._finished)
        record = partial(self._parts.leases.record, self._chunk.id, self._token, group, counts, sums)
        recorded = await until_available(record)
        if not recorded:
            self._held.end(LeaseLost())
            return
        try:
            states = [item.state for item in group.values()]
            await self._parts.jobs.add_progress(self._job.id, self._job.run, count_states(states))
        except StoreUnavailable as error:
            # An `$inc` may not be repeated, its answer being lost: the display lags until the job settles.
            log.warning("job.progress_lags", job=self._job.id, error=error.detail)


def _failed(item: Item, code: str, detail: str) -> Item:
    return item.model_copy(update={"state": ItemState.FAILED, "error": Failure(code=code, detail=detail)})
