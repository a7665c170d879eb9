"""The rules of the reconciler: whatever should make progress according to the store, but does not, is restarted.

Every action is a conditional update, so any number of reconcilers and workers may run at once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import structlog

from shared.abandoned_parts import abandoned_parts, drop_parts
from shared.chunks.documents import Chunk
from shared.clock import Clock
from shared.jobs.dispatch import Dispatcher
from shared.jobs.documents import Job, JobKind, ManifestSource, PrefixSource, SharedSource, Source, UploadsSource
from shared.jobs.service import JobService
from shared.jobs.store import is_overdue
from shared.lifecycle import JobState
from shared.metrics.reconciler import LEASE_EXPIRIES, RESENDS
from shared.queue import Queue, TaskQueue
from shared.settings import LeaseSettings
from shared.storage.errors import ObjectNotFound, StorageRefused
from shared.storage.keys import job_prefix, source_key
from shared.storage.protocol import ObjectStorage
from shared.stores import Stores
from shared.uploads.removal import remove_upload
from worker.reconcile.deletions import Deletions

log = structlog.get_logger()

# How long what became of a webhook's messages can be looked up.
KEPT_DELIVERIES = timedelta(days=30)

Waiting = TypeVar("Waiting", Job, Chunk)


@dataclass(frozen=True)
class Timeouts:
    """How long something may make no progress before the reconciler acts."""

    resend_seconds: float = 5.0
    # Resending a chunk backs off exponentially up to this: the queue must not fill up while there are no workers.
    max_resend_seconds: float = 300.0
    submission_seconds: float = 300.0

    def resend_after(self, resends: int) -> float:
        return min(self.resend_seconds * 2.0 ** min(resends, 16), self.max_resend_seconds)


@dataclass(frozen=True, kw_only=True)
class Reconciler:
    stores: Stores
    queue: TaskQueue
    dispatcher: Dispatcher
    job_service: JobService
    storage: ObjectStorage
    clock: Clock
    window: int
    timeouts: Timeouts = Timeouts()
    lease: LeaseSettings = field(default_factory=LeaseSettings)
    name: str = "reconciler"

    @property
    def _deletions(self) -> Deletions:
        return Deletions(self.stores, self.storage, self.lease, self.name)

    async def reconcile(self) -> None:
        """One pass. Raises Unavailable when a server is unavailable; the next pass starts from the beginning.

        Whatever needs the queue comes last, so that an unavailable queue blocks nothing else.
        """
        await self.release_expired_chunks()
        await self.move_jobs()
        await self.sweep_submissions()
        await self.sweep_uploads()
        await self.sweep_jobs()
        await self.resend_lost_chunks()
        await self.resend_lost_expansions()

    async def release_expired_chunks(self) -> None:
        """Make chunks whose lease has expired pending, and send them at once."""
        async for chunk in self.stores.leases.expired():
            if await self.stores.leases.release_expired(chunk.id):
                LEASE_EXPIRIES.labels(chunk.queue.value).inc()
                log.info("reconcile.lease_expired", chunk=chunk.id, worker=chunk.lease and chunk.lease.worker)
                await self.dispatcher.send_chunk(chunk.job, chunk.no, chunk.queue)

    async def move_jobs(self) -> None:
        """Take every job that is not in a terminal state one step further, if it can be."""
        async for job in self.stores.jobs.in_state(*(state for state in JobState if not state.is_terminal)):
            if job.is_late(self.clock()) and await self.job_service.expire(job):
                log.info("reconcile.deadline_passed", job=job.id)
                continue
            match job.state:
                case JobState.QUEUED:
                    await self._send_unsent_single(job)
                case JobState.EXPANDING:
                    await self._release_expansion(job)
                case JobState.RUNNING:
                    await self._move_running(job)
                case JobState.EXPIRING:
                    await self.job_service.settle(job.id)
                case JobState.CANCELING:
                    await self.job_service.cancel(job)
                case JobState.DELETING:
                    await self._deletions.advance(job)

    async def _send_unsent_single(self, job: Job) -> None:
        """Send a single job whose gateway died before it did. Once sent, its chunk is handled like any other."""
        if job.kind is JobKind.SINGLE and self._is_overdue_job(job):
            chunk = await self.stores.chunks.get(job.id, 0)
            if chunk is None:
                await self._take_back(job)
            elif await self._confirm(job) and (chunk.run < job.run or chunk.dispatched_at is None):
                RESENDS.labels(chunk.queue.value).inc()
                log.info("reconcile.job_resent", job=job.id)
                await self.job_service.begin_run(job)

    async def _take_back(self, job: Job) -> None:
        """Remove a job that a stalled gateway inserted, unacknowledged, after the sweep had removed its bytes."""
        if await self.stores.jobs.take_back(job.id):
            log.info("reconcile.job_taken_back", job=job.id)

    async def _confirm(self, job: Job) -> bool:
        """In place of a gateway that died or stalled before it did: see `shared/jobs/sharing.py`."""
        if job.is_confirmed or not isinstance(job.source, SharedSource):
            return True
        if await self.stores.shared_sources.confirm(job.id, job.source.job):
            return True
        log.info("reconcile.job_taken_back", job=job.id)
        return False

    async def _release_expansion(self, job: Job) -> None:
        if await self.stores.expansions.release_expansion(job.id):
            LEASE_EXPIRIES.labels(Queue.INGEST.value).inc()
            log.info("reconcile.expansion_expired", job=job.id)
            await self.job_service.begin_run(job)

    async def _move_running(self, job: Job) -> None:
        """Top up the window of a running job, and settle the job if all its chunks are done."""
        async for chunk in self.stores.chunks.unsent(job.id, job.window_end):
            await self.dispatcher.send_chunk(chunk.job, chunk.no, chunk.queue)
        if job.next_no < job.planned:
            waiting = await self.stores.chunks.count_waiting(job.id)
            for _ in range(self.window - waiting):
                log.info("reconcile.window_topped_up", job=job.id)
                if not await self.dispatcher.send_next(job.id):
                    break
        await self.job_service.settle(job.id)

    async def sweep_rarely(self) -> None:
        """What harms nobody meanwhile, but would pile up."""
        await self.remove_orphans()
        if expired := await self.stores.keys.remove_expired_sessions():
            log.info("reconcile.sessions_expired", sessions=expired)
        await self.drop_abandoned_parts()
        if forgotten := await self.stores.deliveries.remove_finished(self.clock() - KEPT_DELIVERIES):
            log.info("reconcile.deliveries_forgotten", deliveries=forgotten)

    async def remove_orphans(self) -> None:
        """Remove chunks without a job, which a stalled expander inserted after the job was deleted.

        The chunk of a single picture is inserted before its job, but after its submission; so the submission is looked
        up first.
        """
        for job_id in await self.stores.chunks.jobs_with_unsent():
            if not await self.stores.submissions.exists(job_id) and await self.stores.jobs.get(job_id) is None:
                log.info("reconcile.orphans_removed", job=job_id)
                await self.stores.chunks.remove(job_id)

    async def drop_abandoned_parts(self) -> None:
        """Of requests and workers that were killed. Last, because not every storage lists them."""
        try:
            async for parts in abandoned_parts(self.stores, self.storage, self.clock()):
                await drop_parts(self.storage, parts)
                log.info("reconcile.parts_dropped", key=parts.key)
        except StorageRefused as refused:
            log.warning("reconcile.parts_not_listed", error=refused.detail)

    async def resend_lost_expansions(self) -> None:
        """Resend bulk jobs whose messages are lost."""
        queued = [job async for job in self.stores.jobs.in_state(JobState.QUEUED) if job.kind is JobKind.BULK]
        for job in await self._lost(Queue.INGEST, queued, self._is_overdue_job):
            if job.is_untouched and not await self._has_source(job):
                await self._take_back(job)
                continue
            if not await self._confirm(job):
                continue
            RESENDS.labels(Queue.INGEST.value).inc()
            log.info("reconcile.job_resent", job=job.id)
            await self.job_service.begin_run(job)

    async def _has_source(self, job: Job) -> bool:
        """Whether the bytes that were sent with the request, or uploaded before it, still belong to this job. A source
        in a user's bucket, or of another job, is checked by the expander.
        """
        if isinstance(job.source, PrefixSource | ManifestSource | SharedSource):
            return True
        is_upload = isinstance(job.source, Source) and job.source.key != source_key(job.id)
        if is_upload or isinstance(job.source, UploadsSource):
            if await self.stores.uploads.of_job(job.id, 1):
                return True
            if is_upload:
                return False
        # Several files of a form are listed like uploads; the first of them is where a single source would be.
        try:
            await self.storage.head(source_key(job.id))
        except ObjectNotFound:
            return False
        return True

    def _is_overdue_job(self, job: Job) -> bool:
        return is_overdue(job.sent_at or job.created_at, self.clock(), self.timeouts.resend_seconds)

    async def resend_lost_chunks(self) -> None:
        """Resend chunks whose messages are lost."""
        waiting: dict[Queue, list[Chunk]] = {queue: [] for queue in Queue}
        async for chunk in self.stores.chunks.waiting():
            waiting[chunk.queue].append(chunk)
        for queue, chunks in waiting.items():
            for chunk in await self._lost(queue, chunks, self._is_overdue_chunk):
                RESENDS.labels(queue.value).inc()
                log.info("reconcile.chunk_resent", chunk=chunk.id, resends=chunk.resends)
                await self.dispatcher.send_chunk(chunk.job, chunk.no, chunk.queue, again=True)

    async def _lost(self, queue: Queue, waiting: list[Waiting], is_due: Callable[[Waiting], bool]) -> list[Waiting]:
        """The overdue ones of those that should be waiting on a queue, but no more than the queue lacks.

        So the queues do not fill up while there are no workers.
        """
        missing = len(waiting) - await self.queue.depth(queue) if waiting else 0
        return [candidate for candidate in waiting if is_due(candidate)][: max(missing, 0)]

    def _is_overdue_chunk(self, chunk: Chunk) -> bool:
        return is_overdue(chunk.dispatched_at, self.clock(), self.timeouts.resend_after(chunk.resends))

    async def sweep_submissions(self) -> None:
        """Remove what a gateway left behind when it died while receiving a body, unless it has become a job."""
        since = self.clock() - timedelta(seconds=self.timeouts.submission_seconds)
        async for submission in self.stores.submissions.untouched_since(since):
            if not await self.stores.submissions.abandon(submission.id, since):
                continue
            if await self.stores.jobs.get(submission.id) is None:
                log.info("reconcile.upload_abandoned", upload=submission.id)
                await self.storage.delete_prefix(job_prefix(submission.id))
                await self.stores.chunks.remove(submission.id)
                await self.stores.uploads.release(submission.id)
            await self.stores.submissions.end(submission.id)

    async def sweep_uploads(self) -> None:
        """Remove uploaded files that expired without being used."""
        now = self.clock()
        async for upload in self.stores.uploads.expired(now):
            if await self.stores.uploads.begin_removal(upload.id, now):
                log.info("reconcile.upload_expired", upload=upload.id)
                await remove_upload(self.storage, self.stores.uploads, upload)

    async def sweep_jobs(self) -> None:
        """Begin to remove the objects and chunks of ended jobs whose retention is over."""
        async for job in self.stores.retirements.due():
            if await self.stores.retirements.begin(job, self.lease.grace_seconds):
                log.info("reconcile.retention_over", job=job.id, state=job.state.value)
