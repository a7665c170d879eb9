"""Sending the tasks of a job, and settling it: what gateway, worker and reconciler do alike.

Write, then send: the store says what should be moving before a message hints at it.
"""

from dataclasses import dataclass

import structlog

from shared.chunks.documents import chunk_id
from shared.chunks.leases import ChunkLeases
from shared.chunks.store import ChunkStore
from shared.jobs.documents import Failure, Job, JobKind
from shared.jobs.lifecycle import ChunkState, Counts, JobState, settled_state
from shared.jobs.store import JobStore
from shared.queue import Queue, TaskName, TaskQueue

log = structlog.get_logger()

EMPTY_ARCHIVE = Failure(code="empty_archive", detail="There is no picture in it.")
NOTHING_SUCCEEDED = Failure(code="nothing_succeeded", detail="None of the pictures could be colorized.")


@dataclass(frozen=True)
class Dispatcher:
    jobs: JobStore
    chunks: ChunkStore
    leases: ChunkLeases
    queue: TaskQueue

    async def send_job(self, job: Job) -> None:
        """Send the first message of a queued job: a bulk job is expanded, a single one colorized."""
        await self.jobs.mark_sent(job.id)
        if job.kind is JobKind.BULK:
            await self.queue.send(TaskName.JOB_EXPAND, Queue.INGEST, job.id)
            return
        await self.chunks.reopen(job.id, 0, job.run)
        if not await self.send_chunk(job.id, 0, Queue.INTERACTIVE) and await self.jobs.start_single(job.id, job.run):
            # It had been canceled too late: its picture is finished, so this run ends as it begins.
            await self.settle(job.id)

    async def send_chunk(self, job_id: str, no: int, queue: Queue, *, again: bool = False) -> bool:
        """Send a pending chunk. False: it is under way or done, so there is nothing to send."""
        if not await self.chunks.mark_dispatched(chunk_id(job_id, no), again=again):
            return False
        await self.queue.send(TaskName.CHUNK_COLORIZE, queue, job_id, no)
        return True

    async def send_next(self, job_id: str) -> bool:
        """Move a running job's window on to its next chunk with work in it. False: there is none left."""
        while (no := await self.jobs.advance(job_id)) is not None:
            if await self.send_chunk(job_id, no, Queue.BULK):
                return True
        return False

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
            await self.send_job(again)
        return True

    async def delete(self, job_id: str, grace_seconds: float) -> None:
        """Take a job away from client and workers; the reconciler removes what is left of it after the grace."""
        await self.jobs.delete(job_id, grace_seconds)
        await self.leases.revoke(job_id)
