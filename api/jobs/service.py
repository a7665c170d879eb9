"""Finding, listing and watching jobs; canceling, retrying and deleting them. Whatever belongs to another owner does
not exist.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

from api.dependencies import Gateway
from api.http.cursors import Cursor, read_cursor, write_cursor
from api.jobs.errors import JobDeleted, JobNotFound, NotFinished, NothingToRetry
from shared.jobs.documents import Job
from shared.lifecycle import RETRYABLE, JobState

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 0.5


class JobCursor(Cursor):
    job: str


async def find_job(gateway: Gateway, owner: str, job_id: str) -> Job:
    """Raises JobNotFound."""
    job = await gateway.jobs.get(job_id)
    if job is None or job.owner != owner:
        raise JobNotFound(f"There is no job {job_id!r}.")
    return job


async def find_kept_job(gateway: Gateway, owner: str, job_id: str) -> Job:
    """One of which more than its state can be had. Raises JobNotFound, JobDeleted."""
    job = await find_job(gateway, owner, job_id)
    if job.state is JobState.DELETING:
        raise JobDeleted("The job is being deleted; nothing can be had of it any more.")
    return job


async def find_finished_job(gateway: Gateway, owner: str, job_id: str) -> Job:
    """Raises JobNotFound, JobDeleted, and NotFinished for one that is not over."""
    job = await find_kept_job(gateway, owner, job_id)
    if not job.state.is_terminal:
        raise NotFinished(
            f"The job is {job.state}; until it is over, its items and their results can be had one by one."
        )
    return job


async def list_jobs(
    gateway: Gateway, owner: str, state: JobState | None, after: str | None, limit: int
) -> tuple[list[Job], str | None]:
    """A page, newest first, and the cursor of the next one. Raises InvalidCursor."""
    cursor = read_cursor(JobCursor, after)
    jobs = await gateway.jobs.page(owner, state=state, after=cursor.job if cursor else None, limit=limit + 1)
    page = jobs[:limit]
    return page, write_cursor(JobCursor(job=page[-1].id)) if len(jobs) > limit else None


async def watch_job(
    gateway: Gateway,
    job: Job,
    until: Callable[[Job], bool],
    seconds: float,
    is_disconnected: Callable[[], Awaitable[bool]],
) -> Job:
    """The job once `until` holds of it, or as it is after so many seconds, when nobody waits any more, or before it was
    gone.

    It is looked up by its id, ever less often: a waiting client costs two cheap reads a second.
    """
    deadline = time.monotonic() + seconds
    pause = FIRST_PAUSE_SECONDS
    while not until(job) and (left := deadline - time.monotonic()) > 0 and not await is_disconnected():
        await asyncio.sleep(min(pause, left))
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
        latest = await gateway.jobs.get(job.id)
        if latest is None:
            break
        job = latest
    return job


async def cancel_job(gateway: Gateway, owner: str, job_id: str) -> tuple[Job, bool]:
    """The job afterwards, and whether there was anything to cancel: a terminal job stays as it is. Idempotent."""
    job = await find_job(gateway, owner, job_id)
    if job.state.is_terminal or job.state is JobState.DELETING:
        return job, False
    await gateway.job_service.cancel(job)
    return await find_job(gateway, owner, job_id), True


async def retry_job(gateway: Gateway, owner: str, job_id: str) -> Job:
    """The job as its next run begins. Raises JobNotFound, JobDeleted, NotFinished, NothingToRetry."""
    while True:
        job = await find_kept_job(gateway, owner, job_id)
        if not job.state.is_terminal:
            raise NotFinished(f"The job is {job.state}; only one that is over can be retried.")
        if job.state not in RETRYABLE:
            raise NothingToRetry("Every picture of the job succeeded.")
        if await gateway.job_service.retry(job):
            return await find_job(gateway, owner, job_id)


async def delete_job(gateway: Gateway, owner: str, job_id: str) -> Job:
    """The job as it is being deleted. Idempotent until it is gone. Raises JobNotFound."""
    await find_job(gateway, owner, job_id)
    await gateway.job_service.delete(job_id, gateway.settings.lease.grace_seconds)
    return await find_job(gateway, owner, job_id)
