"""What happens to a job as a whole: it is started, settled, canceled, retried, deleted. Gateway, worker and reconciler
all do it through this service.
"""

from dataclasses import dataclass

import structlog

from shared.chunks.leases import ChunkLeases
from shared.chunks.store import ChunkStore
from shared.documents import Failure
from shared.jobs.dispatch import Dispatcher
from shared.jobs.documents import Job
from shared.jobs.store import JobStore
from shared.lifecycle import ChunkState, Counts, JobState, settled_state

log = structlog.get_logger()

EMPTY_ARCHIVE = Failure(code="empty_archive", detail="There is no picture in it.")
NOTHING_SUCCEEDED = Failure(code="nothing_succeeded", detail="None of the pictures could be colorized.")


@dataclass(frozen=True)
class JobService:
    jobs: JobStore
    chunks: ChunkStore
    leases: ChunkLeases
    dispatcher: Dispatcher

    async def begin_run(self, job: Job) -> None:
        """Send the first message of a queued job."""
        if not await self.dispatcher.send_job(job) and await self.jobs.start_single(job.id, job.run):
            # It was canceled too late: its picture is finished, so this run ends as soon as it begins.
            await self.settle(job.id)

    async def settle(self, job_id: str) -> bool:
        """End a job in which nothing can happen any more: all its chunks are done or, canceling, none is leased.

        The counts cannot change between their sum and the update: a canceling job's chunks that are claimed
        meanwhile are handed back unread, and a done chunk is never claimed.
        """
        job = await self.jobs.get(job_id)
        if job is None or job.state not in (JobState.RUNNING, JobState.CANCELING):
            return False
        if job.state is JobState.CANCELING:
            return await self._settle_canceled(job)
        if job.chunks is None or job.next_no < job.planned:
            return False
        # Nearly always something is, near the end of a job, and this look is cheaper than the sum.
        if await self.chunks.has_any(job_id, ChunkState.LEASED, ChunkState.PENDING):
            return False
        done, counts = await self.chunks.tally(job_id)
        if done < job.chunks:
            return False
        after, error = settled_state(counts), None
        if after is JobState.FAILED:
            error = NOTHING_SUCCEEDED if counts.failed else EMPTY_ARCHIVE
        return await self._end(job, after, counts, error)

    async def _settle_canceled(self, job: Job) -> bool:
        if await self.chunks.has_any(job.id, ChunkState.LEASED):
            return False
        # From here on an expander that does not know yet opens no more chunks again for this run.
        await self.chunks.adopt(job.id, job.run)
        # A job that was canceled before it was sealed has no items, whatever chunks its expander had inserted.
        counts = Counts() if job.chunks is None else (await self.chunks.tally(job.id))[1]
        return await self._end(job, JobState.CANCELED, counts.canceled_rest(), None)

    async def _end(self, job: Job, after: JobState, counts: Counts, error: Failure | None) -> bool:
        settled = await self.jobs.settle(job, after, counts, error)
        if settled:
            log.info("job.settled", job=job.id, state=after.value, **counts.model_dump())
        return settled

    async def cancel(self, job: Job) -> bool:
        """Stop a job and keep what was done. False: it was over, or being canceled already."""
        canceled = await self.jobs.cancel(job.id)
        # Again, should whoever canceled it have died before this.
        await self.leases.revoke(job.id)
        await self.settle(job.id)
        return canceled

    async def retry(self, job: Job) -> bool:
        """Try again what failed or was canceled in a job that is over. False: nothing to retry, or it has changed."""
        if not await self.jobs.retry(job):
            return False
        if (again := await self.jobs.get(job.id)) is not None and again.state is JobState.QUEUED:
            await self.begin_run(again)
        return True

    async def delete(self, job_id: str, grace_seconds: float) -> None:
        """Take a job away from client and workers; the reconciler removes what is left of it after the grace."""
        await self.jobs.delete(job_id, grace_seconds)
        await self.leases.revoke(job_id)
