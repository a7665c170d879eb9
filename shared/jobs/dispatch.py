"""Sending the tasks of a job. Write, then send: the store records that a message is due before it is sent."""

from dataclasses import dataclass

from shared.chunks.documents import chunk_id
from shared.chunks.store import ChunkStore
from shared.jobs.documents import Job, JobKind
from shared.jobs.store import JobStore
from shared.queue import Queue, TaskName, TaskQueue


@dataclass(frozen=True)
class Dispatcher:
    jobs: JobStore
    chunks: ChunkStore
    queue: TaskQueue

    async def send_job(self, job: Job) -> bool:
        """Send the first message of a queued job: a bulk job is expanded, a single one colorized.

        False: a single job's chunk is leased or done, so there is nothing to send.
        """
        await self.jobs.mark_sent(job.id)
        if job.kind is JobKind.BULK:
            await self.queue.send(TaskName.JOB_EXPAND, Queue.INGEST, job.id)
            return True
        await self.chunks.reopen(job.id, 0, job.run, job.retried)
        return await self.send_chunk(job.id, 0, Queue.INTERACTIVE)

    async def send_chunk(self, job_id: str, no: int, queue: Queue, *, again: bool = False) -> bool:
        """Send a pending chunk. False: it is leased or done, so there is nothing to send."""
        if not await self.chunks.mark_dispatched(chunk_id(job_id, no), again=again):
            return False
        await self.queue.send(TaskName.CHUNK_COLORIZE, queue, job_id, no)
        return True

    async def send_recoloring(self, job_id: str, token: str) -> bool:
        """Send a request about a preview of the job. False if the queue is unavailable."""
        return await self.queue.send(TaskName.PREVIEW_RECOLOR, Queue.INTERACTIVE, job_id, token)

    async def send_next(self, job_id: str) -> bool:
        """Move a running job's window to its next chunk with work to do, and send that. False: no chunk is left."""
        while (no := await self.jobs.advance(job_id)) is not None:
            if await self.send_chunk(job_id, no, Queue.BULK):
                return True
        return False
