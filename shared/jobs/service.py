"""What happens to a job as a whole: it is started, settled, canceled, retried, deleted. Gateway, worker and reconciler
all do it through this service.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog

from shared.chunks.leases import ChunkLeases
from shared.chunks.store import ChunkStore
from shared.documents import Failure
from shared.jobs.dispatch import Dispatcher
from shared.jobs.documents import Job
from shared.jobs.history import Act, Action, Actor
from shared.jobs.store import JobStore
from shared.lifecycle import SETTLING, ChunkState, Counts, JobState, settled_state
from shared.log import NO_REQUEST, Origin

log = structlog.get_logger()

EMPTY_ARCHIVE = Failure(code="empty_archive", detail="There is no picture in it.")
DEADLINE_PASSED = Failure(code="deadline_passed", detail="The deadline passed before any picture was colorized.")
NOTHING_SUCCEEDED = Failure(code="nothing_succeeded", detail="None of the pictures could be colorized.")


@dataclass(frozen=True)
class JobService:
    jobs: JobStore
    chunks: ChunkStore
    leases: ChunkLeases
    dispatcher: Dispatcher
    # In whose name jobs are retried, canceled and deleted. None: the service's.
    actor: Actor | None = None

    async def begin_run(self, job: Job) -> None:
        """Send the first message of a queued job."""
        if not await self.dispatcher.send_job(job) and await self.jobs.start_single(job.id, job.run):
            # It was canceled too late: its picture is finished, so this run ends as soon as it begins.
            await self.settle(job.id)

    async def settle(self, job_id: str) -> bool:
        """End a job that cannot change any more: all its chunks are done or, if it is being stopped, none is leased.

        The counts cannot change between the sum and the update: a done chunk is never claimed, and chunks of a
        job that is being stopped are handed back unread if they are claimed meanwhile.
        """
        job = await self.jobs.get(job_id)
        if job is None or job.state not in SETTLING:
            return False
        if job.state is not JobState.RUNNING:
            return await self._settle_stopped(job)
        if job.chunks is None or job.next_no < job.planned:
            return False
        # Near the end of a job some nearly always are, and this query is cheaper than the sum.
        if await self.chunks.has_any(job_id, ChunkState.LEASED, ChunkState.PENDING):
            return False
        done, counts = await self.chunks.tally(job_id)
        if done < job.chunks:
            return False
        return await self._end(job, settled_state(counts), counts)

    async def _settle_stopped(self, job: Job) -> bool:
        if await self.chunks.has_any(job.id, ChunkState.LEASED):
            return False
        # After this, an expander that does not know that the job was stopped cannot reopen chunks for this run.
        await self.chunks.adopt(job.id, job.run)
        # A job that was stopped before it was sealed has no items, even if its expander had inserted chunks.
        counts = Counts() if job.chunks is None else (await self.chunks.tally(job.id))[1]
        if job.state is JobState.CANCELING:
            return await self._end(job, JobState.CANCELED, counts.canceled_rest())
        counts = counts.expired_rest()
        return await self._end(job, JobState.EXPIRED if job.chunks is None else settled_state(counts), counts)

    async def _end(self, job: Job, after: JobState, counts: Counts) -> bool:
        settled = await self.jobs.settle(job, after, counts, _reason(after, counts))
        if settled:
            log.info("job.settled", job=job.id, state=after.value, **counts.model_dump())
        return settled

    async def cancel(self, job: Job) -> bool:
        """Stop a job and keep its finished items. False: it had ended, or was being canceled."""
        canceled = await self.jobs.cancel(job.id, self._act(Action.CANCELED))
        # Also when another process set the state: it may have died before this.
        await self.leases.revoke(job.id)
        await self.settle(job.id)
        return canceled

    async def expire(self, job: Job) -> bool:
        """Start no more items of a job whose deadline has passed. False: it has not, or nothing was to be started."""
        expired = await self.jobs.expire(job.id)
        await self.settle(job.id)
        return expired

    async def retry(
        self,
        job: Job,
        origin: Origin = NO_REQUEST,
        *,
        deadline: datetime | None = None,
        items: list[int] | None = None,
    ) -> bool:
        """Retry the failed, expired and canceled items of an ended job, or these failed ones. False: nothing to retry,
        or the job was changed.
        """
        if not await self.jobs.retry(job, origin, self._act(Action.RETRIED), deadline=deadline, items=items):
            return False
        if (retried := await self.jobs.get(job.id)) is not None and retried.state is JobState.QUEUED:
            await self.begin_run(retried)
        return True

    async def delete(self, job_id: str, grace_seconds: float) -> None:
        """Start deleting a job: client and workers lose it at once, the reconciler removes its data after the grace."""
        await self.jobs.delete(job_id, grace_seconds, self._act(Action.DELETED))
        if await self.jobs.get(job_id) is not None:  # With a bound store, else another owner's.
            await self.leases.revoke(job_id)

    def _act(self, action: Action) -> Act | None:
        return self.actor.did(action) if self.actor else None


def _reason(state: JobState, counts: Counts) -> Failure | None:
    """Why nothing succeeded."""
    if state is JobState.EXPIRED:
        return DEADLINE_PASSED
    if state is JobState.FAILED:
        return NOTHING_SUCCEEDED if counts.failed else EMPTY_ARCHIVE
    return None
