"""Finding, listing and watching jobs; canceling, retrying and deleting them. The gateway's stores are bound to
the caller: the jobs of other owners do not exist here.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from fastapi import Request
from pydantic import Field

from api.dependencies import Gateway
from api.http.cursors import Cursor, read_cursor, write_cursor
from api.http.errors import InvalidRequest
from api.http.measuring import mark_as_held
from api.http.stopping import Stopping
from api.jobs.errors import DeadlinePassed, JobDeleted, JobNotFound, NotFinished, NothingToRetry, StoppedEarly
from api.jobs.schemas import why_retired
from api.options.checks import future_time_of
from shared.clock import utc_now
from shared.jobs.documents import Job
from shared.lifecycle import RETRYABLE, ItemState, JobState
from shared.log import current_origin

FIRST_INTERVAL_SECONDS = 0.1
MAX_INTERVAL_SECONDS = 0.5


class JobCursor(Cursor):
    job: str = Field(pattern="^job_[0-9A-HJKMNP-TV-Z]{26}$")


async def find_job(gateway: Gateway, job_id: str) -> Job:
    """Raises JobNotFound."""
    job = await gateway.jobs.get(job_id)
    if job is None:
        raise JobNotFound(f"There is no job {job_id!r}.")
    return job


async def find_kept_job(gateway: Gateway, job_id: str) -> Job:
    """A job whose items and results are still there. Raises JobNotFound, JobDeleted."""
    job = await find_job(gateway, job_id)
    if not job.state.is_kept:
        reason = "The job is being deleted" if job.retirement is None else why_retired(job)
        raise JobDeleted(f"{reason.removesuffix('.')}; its items and results are no longer available.")
    return job


async def find_finished_job(gateway: Gateway, job_id: str) -> Job:
    """Raises JobNotFound, JobDeleted, NotFinished."""
    job = await find_kept_job(gateway, job_id)
    if not job.state.is_terminal:
        raise NotFinished(
            f"The job is {job.state}. Until it has finished, download its results one by one from its items."
        )
    return job


async def list_jobs(
    gateway: Gateway, state: JobState | None, labels: Sequence[str], *, after: str | None, limit: int
) -> tuple[list[Job], str | None]:
    """A page, newest first, and the cursor of the next one. Raises InvalidCursor."""
    scope = f"jobs of {gateway.caller.bound_to or 'all owners'}"
    cursor = read_cursor(JobCursor, after, scope)
    start = cursor.job if cursor else None
    jobs = await gateway.jobs.page(state=state, labels=labels, after=start, limit=limit + 1)
    page = jobs[:limit]
    return page, write_cursor(JobCursor(job=page[-1].id), scope) if len(jobs) > limit else None


async def watch_job(
    gateway: Gateway,
    job: Job,
    until: Callable[[Job], Awaitable[bool]],
    seconds: float,
    request: Request,
) -> Job:
    """The job once `until` is true for it. Else its latest version: after so many seconds, when the client has
    disconnected, or when the job has been removed.

    It is read by its id, at growing intervals: a waiting client costs two cheap reads per second.
    """
    if seconds:
        mark_as_held(request)
    deadline = time.monotonic() + seconds
    interval = FIRST_INTERVAL_SECONDS
    while not await until(job) and (remaining := deadline - time.monotonic()) > 0:
        if Stopping.of(request).has_begun or await request.is_disconnected():
            break
        await asyncio.sleep(min(interval, remaining))
        interval = min(interval * 1.5, MAX_INTERVAL_SECONDS)
        latest = await gateway.jobs.get(job.id)
        if latest is None:
            break
        job = latest
    return job


async def has_ended(job: Job) -> bool:
    """For `watch_job`."""
    return job.state.is_terminal


async def cancel_job(gateway: Gateway, job_id: str) -> tuple[Job, bool]:
    """The job afterwards, and whether there was anything to cancel. A terminal job stays as it is. Idempotent."""
    job = await find_job(gateway, job_id)
    if job.state.is_terminal or not job.state.is_kept:
        return job, False
    await gateway.job_service.cancel(job)
    return await find_job(gateway, job_id), True


async def retry_job(
    gateway: Gateway, job_id: str, deadline: datetime | timedelta | None, items: Sequence[int] | None = None
) -> Job:
    """The job at the start of its next run, with a new deadline or the one that it has. With `items`, the run is for
    those of them that failed.

    Raises JobNotFound, JobDeleted, NotFinished, NothingToRetry, StoppedEarly, DeadlinePassed, InvalidOption,
    InvalidRequest.
    """
    until = future_time_of(deadline, utc_now())
    while True:
        job = await find_kept_job(gateway, job_id)
        if not job.state.is_terminal:
            raise NotFinished(f"The job is {job.state}. Only a finished job can be retried.")
        if job.state not in RETRYABLE:
            raise NothingToRetry("Every picture of the job succeeded; there is nothing to retry.")
        if until is None and job.is_late(utc_now()):
            raise DeadlinePassed("The job's deadline has passed. Retry it with a new one, such as `deadline=2h`.")
        failed = None if items is None else await _failed_among(gateway, job, items)
        await gateway.admit()
        if await gateway.job_service.retry(job, current_origin(), deadline=until or job.deadline, items=failed):
            return await find_job(gateway, job_id)


async def _failed_among(gateway: Gateway, job: Job, items: Sequence[int]) -> list[int]:
    """The indexes of those that can be retried. Raises NothingToRetry, StoppedEarly, InvalidRequest."""
    counts = job.current_counts()
    if job.totals is None or counts.canceled or counts.expired:
        raise StoppedEarly("The job ended before all of its pictures were processed. Retry it without `items`.")
    if max(items) >= job.totals.items:
        detail = f"the job has no item {max(items)}; its last one is {job.totals.items - 1}"
        raise InvalidRequest(f"#/items: {detail}.", [{"pointer": "#/items", "detail": detail}])
    chosen = gateway.chunks.items(job, sorted(set(items)))
    failed = [item.index async for item in chosen if item.state is ItemState.FAILED and item.locator is not None]
    if not failed:
        raise NothingToRetry("None of these pictures failed, or none of them can be read at all.")
    return failed


async def delete_job(gateway: Gateway, job_id: str) -> Job:
    """The job while it is being deleted. Idempotent until it is gone. Raises JobNotFound."""
    await find_job(gateway, job_id)
    await gateway.job_service.delete(job_id, gateway.settings.lease.grace_seconds)
    return await find_job(gateway, job_id)
