"""The task chunk.colorize: claim a chunk, send the job's next one, colorize and record the items, settle the job."""

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
from shared.clock import utc_now
from shared.documents import Failure
from shared.errors import StoreUnavailable
from shared.ids import new_lease_token
from shared.jobs.dispatch import Dispatcher
from shared.jobs.documents import Job, JobKind
from shared.jobs.service import JobService
from shared.jobs.store import JobStore
from shared.lifecycle import ItemState, JobState, count_states
from shared.log import bind_origin
from shared.metrics.worker import LEASES_LOST
from shared.settings import LeaseSettings
from shared.storage.buckets import Buckets
from shared.storage.protocol import ObjectStorage
from worker.chunk.measuring import measure_items
from worker.chunk.memory_budget import MemoryBudget
from worker.chunk.pipeline import Finish, Pipeline
from worker.chunk.request import variant_requests
from worker.chunk.result_limits import ResultAllowance, ResultLimits
from worker.imaging import Provenance
from worker.leasing.exclusive_lock import SharedExclusiveLock
from worker.leasing.lease import LeaseLost, Stopped, held_lease
from worker.leasing.retrying import until_available
from worker.models.inference import Colorizer, Colorizers
from worker.models.registry import ModelReplaced, ModelUnavailable
from worker.sandbox import DecoderPool

log = structlog.get_logger()

SOFTWARE = "Photochrom"
# A chunk whose lease has expired this often gets its items tried one at a time, to identify the one that crashes its
# workers. An item during which this many workers crashed fails.
SUSPICIOUS_EXPIRIES = 2
MAX_SUSPECTED = 2
WORKER_LOST = Failure(code="worker_lost", detail="Two workers crashed while they processed this picture alone.")

# An item with its place in the chunk.
Placed = tuple[int, Item]


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
    # Items that finish within this time are recorded together: an update costs about the same for any number of items.
    record_seconds: float = 1.0
    result_limits: ResultLimits = field(default_factory=ResultLimits)

    async def colorize(self, job_id: str, no: int) -> None:
        """Work on a chunk, unless another worker does or nothing is left to do: a message may arrive twice, or late."""
        token = new_lease_token()
        chunk = await self.leases.claim(job_id, no, token, self.worker, self.lease.seconds)
        if chunk is None:
            return
        job = await self._running_job(chunk)
        if job is None:
            # Read after the claim: a cancel from now on would see our lease, so no cancel can be missed.
            await self.leases.hand_back(chunk.id, token)
            await self.job_service.settle(job_id)
            return
        bind_origin(job.origin)
        log.info("chunk.claimed", items=chunk.counts.pending, expiries=chunk.expiries)
        if job.kind is JobKind.BULK and chunk.claims == 1:
            # Only at the first claim, or each lost lease would widen the window permanently. If the first claimer dies
            # before this, the reconciler tops the window up.
            await self.dispatcher.send_next(job_id)
        await ChunkRun(self, job, chunk, token).work()
        await self.job_service.settle(job_id)

    async def _running_job(self, chunk: Chunk) -> Job | None:
        job = await self.jobs.get(chunk.job)
        if job is not None and job.is_late(utc_now()):
            await self.job_service.expire(job)  # If its deadline has passed by the database's clock, too.
            job = await self.jobs.get(chunk.job)
        if job is not None and job.state is JobState.QUEUED:
            # A single picture starts when it is claimed. None: it was canceled meanwhile, or another claim started it.
            job = await self.jobs.start_single(chunk.job, chunk.run) or await self.jobs.get(chunk.job)
        return job if job is not None and job.state is JobState.RUNNING and job.run == chunk.run else None


class ChunkRun:
    """The work on one chunk under one lease."""

    def __init__(self, parts: ChunkColorizer, job: Job, chunk: Chunk, token: str) -> None:
        self._parts = parts
        self._job = job
        self._chunk = chunk
        self._token = token
        self._allowance = ResultAllowance(parts.result_limits.of(job), job.result_bytes)
        self._finished: dict[int, Item] = {}
        # Finished, but not known to be recorded.
        self._unrecorded: dict[int, Item] = {}
        # For a hand-back: the place of the item being tried alone, and the suspicions to restore it to.
        self._suspect: dict[int, int] = {}

    async def work(self) -> None:
        """Colorize and record the pending items. Returns when they are done or handed back, or the lease is lost."""
        lease = self._parts.lease
        try:
            renew = partial(self._parts.leases.renew, self._chunk.id, self._token, lease.seconds)
            async with held_lease(renew, lease, self._parts.stopping) as held, anyio.create_task_group() as group:
                self._held = held
                self._outbox, inbox = anyio.create_memory_object_stream[Placed](math.inf)
                group.start_soon(self._record_all, inbox)
                with self._outbox:
                    await self._colorize_pending()
        except LeaseLost:
            LEASES_LOST.labels(self._chunk.queue.value).inc()
            log.warning("chunk.lease_lost")
        except Stopped:
            await self._hand_back()
        else:
            log.info("chunk.done")

    async def _hand_back(self) -> None:
        """What is finished is recorded first, so that nobody repeats it, unless the store does not respond."""
        if self._unrecorded:
            with anyio.move_on_after(self._parts.lease.renew_seconds):
                await self._record(dict(self._unrecorded))
        if await self._parts.leases.hand_back(self._chunk.id, self._token, cleared=self._suspect):
            log.info("chunk.handed_back")
            await self._parts.dispatcher.send_chunk(self._job.id, self._chunk.no, self._chunk.queue)

    async def _colorize_pending(self) -> None:
        pending = [(place, item) for place, item in enumerate(self._chunk.items) if item.state is ItemState.PENDING]
        colorizer = await self._find_colorizer()
        if isinstance(colorizer, Failure):
            for place, item in pending:
                await self._finish(place, _failed(item, colorizer))
        elif self._chunk.expiries >= SUSPICIOUS_EXPIRIES:
            async with self._parts.process_lock.exclusive():
                # Each item is recorded before the next one is tried, so that it is not blamed for the next crash.
                await self._try_each(self._pipeline(colorizer, self._record_item), pending)
        else:
            async with self._parts.process_lock.shared():
                await self._pipeline(colorizer, self._finish).run(pending)

    async def _find_colorizer(self) -> Colorizer | Failure:
        options = self._job.options
        model = options.model or ""
        try:
            # In a thread: it may have to be loaded, or to wait for another chunk's minibatch.
            colorizer = await to_thread.run_sync(self._parts.colorizers.get, model, self._job.checkpoint)
        except ModelUnavailable as error:
            # The path is for operators, not for everyone who may see the item.
            log.warning("model.unavailable", model=model, detail=error.detail)
            return Failure(code=error.code, detail=_public_detail(error, model, self._job.checkpoint))
        if options.hints and not colorizer.takes_hints:
            # It did when the job was accepted, and has been replaced since.
            return Failure(code="hints_unsupported", detail=f"The model {colorizer.name!r} takes no hints.")
        return colorizer

    def _pipeline(self, colorizer: Colorizer, finish: Finish) -> Pipeline:
        return Pipeline(
            storage=self._parts.storage,
            buckets=self._parts.buckets,
            decoders=self._parts.decoders,
            colorizers=self._parts.colorizers,
            job=self._job,
            variants=variant_requests(self._job.options, Provenance(SOFTWARE, colorizer.name, colorizer.sha256)),
            token=self._token,
            budget=MemoryBudget(),
            allowance=self._allowance,
            finish=finish,
        )

    async def _try_each(self, pipeline: Pipeline, pending: Sequence[Placed]) -> None:
        for place, item in pending:
            if item.suspect >= MAX_SUSPECTED:
                await self._record_item(place, _failed(item, WORKER_LOST))
                continue
            await until_available(partial(self._mark_suspect, place, item.suspect))
            await pipeline.run([(place, item)])
            self._suspect = {}

    async def _mark_suspect(self, place: int, before: int) -> None:
        """Shielded, so that a hand-back always knows which mark it has to clear."""
        with anyio.CancelScope(shield=True):
            if await self._parts.leases.mark_suspect(self._chunk.id, self._token, place, before + 1):
                self._suspect = {place: before}
            else:
                self._held.end(LeaseLost())

    async def _finish(self, place: int, item: Item) -> None:
        self._unrecorded[place] = item
        await self._outbox.send((place, item))

    async def _record_item(self, place: int, item: Item) -> None:
        await self._record({place: item})

    async def _record_all(self, inbox: MemoryObjectReceiveStream[Placed]) -> None:
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
        """Record finished items. Counts and sums are absolute, so the update is idempotent and may be retried."""
        self._finished |= group
        counts = counts_with(self._chunk, self._finished)
        sums = sums_with(self._chunk, self._finished)
        record = partial(self._parts.leases.record, self._chunk.id, self._token, group, counts, sums)
        recorded = await until_available(record)
        if not recorded:
            self._held.end(LeaseLost())
            return
        for place in group:
            self._unrecorded.pop(place, None)
        measure_items(self._chunk.queue, group.values())
        jobs, states = self._parts.jobs, [item.state for item in group.values()]
        result_bytes = sum(result.bytes for item in group.values() for result in item.results)
        succeeded = [item.index for item in group.values() if item.state is ItemState.SUCCEEDED]
        try:
            await jobs.add_progress(self._job.id, self._job.run, count_states(states), result_bytes, succeeded)
            job = await jobs.get(self._job.id)
            self._allowance.refresh(result_bytes, job.result_bytes if job else 0)
        except StoreUnavailable as error:
            # An `$inc` is not idempotent, so it is not retried: the displayed progress lags until the job settles.
            log.warning("job.progress_lags", error=error.detail)


def _public_detail(error: ModelUnavailable, model: str, checkpoint: str | None) -> str:
    if isinstance(error, ModelReplaced) and checkpoint:
        return (
            f"The model {model!r} has been replaced since the job was accepted, and its former weights "
            f"({checkpoint[:12]}…) are not available. Submit the pictures again, or retry when they are."
        )
    return f"The worker has no model {model!r}."


def _failed(item: Item, failure: Failure) -> Item:
    return item.model_copy(update={"state": ItemState.FAILED, "error": failure})
