"""What the reconciler does about what it sees: whatever the store says should be moving and is not, is moved.

Every action is conditional in the store, so any number of reconcilers, and workers beside them, may run at once.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import structlog

from shared.chunks.documents import Chunk
from shared.clock import Clock
from shared.ids import new_lease_token
from shared.jobs.dispatch import Dispatcher
from shared.jobs.documents import Job, JobKind, ManifestSource, PrefixSource, UploadsSource
from shared.jobs.service import JobService
from shared.jobs.store import is_overdue
from shared.lifecycle import JobState
from shared.queue import Queue, TaskQueue
from shared.settings import LeaseSettings
from shared.storage.errors import ObjectNotFound
from shared.storage.keys import job_prefix, source_key
from shared.storage.protocol import ObjectStorage
from shared.stores import Stores
from shared.uploads.removal import remove_upload

log = structlog.get_logger()

# Of a job that is being deleted, between two looks at whether the right to do so is still ours.
UPLOADS_AT_ONCE = 50

Waiting = TypeVar("Waiting", Job, Chunk)


@dataclass(frozen=True)
class Patience:
    """How long a thing may stand still before it is helped."""

    resend_seconds: float = 5.0
    # A chunk that was sent again and still waits is sent again later and later: no flood while there are no workers.
    longest_resend_seconds: float = 300.0
    submission_seconds: float = 300.0

    def resend_after(self, resends: int) -> float:
        return min(self.resend_seconds * 2.0 ** min(resends, 16), self.longest_resend_seconds)


@dataclass(frozen=True, kw_only=True)
class Reconciler:
    stores: Stores
    queue: TaskQueue
    dispatcher: Dispatcher
    job_service: JobService
    storage: ObjectStorage
    clock: Clock
    window: int
    patience: Patience = Patience()
    lease: LeaseSettings = field(default_factory=LeaseSettings)
    name: str = "reconciler"

    async def reconcile(self) -> None:
        """One pass. Raises Unavailable when a server is away; the next pass starts anew.

        What has to ask the queue comes last, so that a queue that is away holds up nothing else.
        """
        await self.release_expired_chunks()
        await self.move_jobs()
        await self.sweep_submissions()
        await self.sweep_uploads()
        await self.resend_lost_chunks()
        await self.resend_lost_expansions()

    async def release_expired_chunks(self) -> None:
        """A leased chunk whose worker is gone becomes pending, and is sent at once."""
        async for chunk in self.stores.leases.expired():
            if await self.stores.leases.release_expired(chunk.id):
                log.info("reconcile.lease_expired", chunk=chunk.id, worker=chunk.lease and chunk.lease.worker)
                await self.dispatcher.send_chunk(chunk.job, chunk.no, chunk.queue)

    async def move_jobs(self) -> None:
        async for job in self.stores.jobs.in_state(*(state for state in JobState if not state.is_terminal)):
            match job.state:
                case JobState.QUEUED:
                    await self._send_unsent_single(job)
                case JobState.EXPANDING:
                    await self._release_expansion(job)
                case JobState.RUNNING:
                    await self._move_running(job)
                case JobState.CANCELING:
                    await self.job_service.cancel(job)
                case JobState.DELETING:
                    await self._go_on_deleting(job)

    async def _send_unsent_single(self, job: Job) -> None:
        """A single job whose gateway died before it sent its chunk. Once sent, the chunk is missed like any other."""
        if job.kind is JobKind.SINGLE and self._stands_still(job):
            chunk = await self.stores.chunks.get(job.id, 0)
            if chunk is None:
                await self._take_back(job)
            elif chunk.run < job.run or chunk.dispatched_at is None:
                log.info("reconcile.job_resent", job=job.id)
                await self.job_service.begin_run(job)

    async def _take_back(self, job: Job) -> None:
        """A gateway that stood still inserted this job after the sweep had removed what it needs, and told nobody."""
        if await self.stores.jobs.take_back(job.id):
            log.info("reconcile.job_taken_back", job=job.id)

    async def _release_expansion(self, job: Job) -> None:
        if await self.stores.expansions.release_expansion(job.id):
            log.info("reconcile.expansion_expired", job=job.id)
            await self.job_service.begin_run(job)

    async def _move_running(self, job: Job) -> None:
        """Send what its window lacks, and settle it if nothing is left to do."""
        async for chunk in self.stores.chunks.unsent(job.id, job.window_end):
            await self.dispatcher.send_chunk(chunk.job, chunk.no, chunk.queue)
        if job.next_no < job.planned:
            waiting = await self.stores.chunks.count_waiting(job.id)
            for _ in range(self.window - waiting):
                log.info("reconcile.window_topped_up", job=job.id)
                if not await self.dispatcher.send_next(job.id):
                    break
        await self.job_service.settle(job.id)

    async def _go_on_deleting(self, job: Job) -> None:
        """After its grace, remove a slice of what is left: a huge job does not hold up the others.

        The documents go last, so that whatever happens meanwhile is taken up again.
        """
        jobs = self.stores.jobs
        if await self.stores.leases.revoke(job.id):
            # Whoever deleted it died before this, so that its workers learn of it only now.
            await jobs.extend_grace(job.id, self.lease.grace_seconds)
            return
        token = new_lease_token()
        if not await jobs.claim_deletion(job.id, token, self.name, self.lease.seconds):
            return
        if await self.storage.delete_some(job_prefix(job.id)) or await self._remove_uploads_of(job):
            await jobs.yield_deletion(job.id, token)
            return
        await self.stores.chunks.remove(job.id)
        if await jobs.remove(job.id, token):
            log.info("reconcile.job_deleted", job=job.id)

    async def _remove_uploads_of(self, job: Job) -> int:
        """Remove a few of the files that were uploaded for a job; says how many."""
        uploads = await self.stores.uploads.of_job(job.id, UPLOADS_AT_ONCE)
        for upload in uploads:
            await remove_upload(self.storage, self.stores.uploads, upload)
        return len(uploads)

    async def remove_orphans(self) -> None:
        """Remove chunks without a job: an expander that was frozen inserted them when the job had been deleted.

        A single picture's chunk comes before its job, but after its submission: so that is looked for first.
        """
        for job_id in await self.stores.chunks.jobs_with_unsent():
            if not await self.stores.submissions.exists(job_id) and await self.stores.jobs.get(job_id) is None:
                log.info("reconcile.orphans_removed", job=job_id)
                await self.stores.chunks.remove(job_id)

    async def resend_lost_expansions(self) -> None:
        """Send again the bulk jobs whose messages are missed."""
        queued = [job async for job in self.stores.jobs.in_state(JobState.QUEUED) if job.kind is JobKind.BULK]
        for job in await self._lost(Queue.INGEST, queued, self._stands_still):
            if job.is_untouched and not await self._has_its_bytes(job):
                await self._take_back(job)
                continue
            log.info("reconcile.job_resent", job=job.id)
            await self.job_service.begin_run(job)

    async def _has_its_bytes(self, job: Job) -> bool:
        """Whether what came in with the request, or before it for this job, is still its own. What lies in somebody
        else's bucket is its expander's.
        """
        if isinstance(job.source, PrefixSource | ManifestSource):
            return True
        if isinstance(job.source, UploadsSource) or job.source.key != source_key(job.id):
            return bool(await self.stores.uploads.of_job(job.id, 1))
        try:
            await self.storage.head(job.source.key)
        except ObjectNotFound:
            return False
        return True

    def _stands_still(self, job: Job) -> bool:
        return is_overdue(job.sent_at or job.created_at, self.clock(), self.patience.resend_seconds)

    async def resend_lost_chunks(self) -> None:
        """Send again the chunks whose messages are missed."""
        waiting: dict[Queue, list[Chunk]] = {queue: [] for queue in Queue}
        async for chunk in self.stores.chunks.waiting():
            waiting[chunk.queue].append(chunk)
        for queue, chunks in waiting.items():
            for chunk in await self._lost(queue, chunks, self._is_overdue):
                log.info("reconcile.chunk_resent", chunk=chunk.id, resends=chunk.resends)
                await self.dispatcher.send_chunk(chunk.job, chunk.no, chunk.queue, again=True)

    async def _lost(self, queue: Queue, waiting: list[Waiting], is_late: Callable[[Waiting], bool]) -> list[Waiting]:
        """Of what Mongo believes to wait on a queue, the late ones, as many as the queue is shorter than that.

        So nothing piles up on the queues while there are no workers.
        """
        missing = len(waiting) - await self.queue.depth(queue) if waiting else 0
        return [late for late in waiting if is_late(late)][: max(missing, 0)]

    def _is_overdue(self, chunk: Chunk) -> bool:
        return is_overdue(chunk.dispatched_at, self.clock(), self.patience.resend_after(chunk.resends))

    async def sweep_submissions(self) -> None:
        """Remove what a gateway that died left behind of a body; leave alone what has become a job."""
        since = self.clock() - timedelta(seconds=self.patience.submission_seconds)
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
        """Remove the files that nobody has come back for."""
        now = self.clock()
        async for upload in self.stores.uploads.expired(now):
            if await self.stores.uploads.take_away(upload.id, now):
                log.info("reconcile.upload_expired", upload=upload.id)
                await remove_upload(self.storage, self.stores.uploads, upload)
