"""Accepting a submission, in the one order that loses nothing and leaves nothing behind.

1. Insert the submission document, which reserves the Idempotency-Key.
2. Store what the job needs: its source and, for a single, its chunk.
3. Insert the job. This is the commit point.
4. Remove the submission document.
5. Send the message.

Before the commit every failure removes all traces; after it no failure is reported.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from api.dependencies import Gateway
from api.jobs.errors import JobDeleted
from api.submission.errors import IdempotencyMismatch, SubmissionAbandoned
from api.submission.from_job import confirm
from api.submission.job_documents import JobParameters
from api.submission.reserving import begin, discard
from shared.errors import Unavailable
from shared.ids import new_job_id
from shared.jobs.documents import Job
from shared.jobs.store import IdempotencyKeyTaken
from shared.metrics.gateway import JOBS_ACCEPTED
from shared.submissions.store import SubmissionInFlight

log = structlog.get_logger()

Value = TypeVar("Value")

LOST_ORIGIN = "The job whose pictures this one is to colorize was deleted meanwhile."
ABANDONED = "The submission stalled for so long that it was removed as abandoned. Send it again."


@dataclass(frozen=True, slots=True)
class SubmitOutcome:
    """`replayed`: an earlier request with the same Idempotency-Key created the job."""

    job: Job
    replayed: bool = False


async def accept(
    gateway: Gateway,
    parameters: JobParameters,
    prepare: Callable[[str], Awaitable[Job]],
    fingerprint: Callable[[], Awaitable[str]],
) -> SubmitOutcome:
    """Raises SubmissionInFlight, SubmissionAbandoned, IdempotencyMismatch, Unavailable, and what the two callables do.

    `prepare` takes the id of the job, stores everything that it needs but the job itself, and returns that.
    `fingerprint` is called only if the Idempotency-Key already has a job, to compare this request with it.
    """
    winner = await _winner(gateway, parameters)
    if winner is None:
        job_id = new_job_id()
        await begin(gateway, job_id, parameters)
        try:
            # Again: now that the key is reserved, no other request with it can be between its body and its job.
            winner = await _winner(gateway, parameters)
            job = await prepare(job_id) if winner is None else None
        except BaseException:
            await finish_despite_cancellation(discard(gateway, job_id))
            raise
        if job is not None:
            return await finish_despite_cancellation(_commit(gateway, job))
        await gateway.submissions.end(job_id)
    assert winner is not None
    return await _replay(gateway, winner, await fingerprint())


async def finish_despite_cancellation(work: Coroutine[Any, Any, Value]) -> Value:
    """Await all of it even if this task is canceled meanwhile; the cancellation is raised afterwards."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


async def _winner(gateway: Gateway, parameters: JobParameters) -> Job | None:
    """The job that an earlier request with the same Idempotency-Key created."""
    if parameters.idempotency_key is None:
        return None
    return await gateway.jobs.get_by_idempotency_key(gateway.owner, parameters.idempotency_key)


async def _replay(gateway: Gateway, winner: Job, fingerprint: str) -> SubmitOutcome:
    if winner.idempotency is None or winner.idempotency.fingerprint != fingerprint:
        raise IdempotencyMismatch(
            f"This Idempotency-Key belongs to {winner.id}, which has different content or options. Use a new key."
        )
    if not winner.is_confirmed or (winner.is_untouched and not await gateway.submissions.touch(winner.id)):
        # It is about to be sent, or taken back.
        raise SubmissionInFlight("A request with this Idempotency-Key has just been received.")
    return SubmitOutcome(winner, replayed=True)


async def _commit(gateway: Gateway, job: Job) -> SubmitOutcome:
    """Insert the job. If the database becomes unavailable meanwhile, it is unknown whether the job was inserted. Then
    nothing may be removed here: the sweep of abandoned submissions does it, after it has looked for the job.
    """
    if not await gateway.submissions.touch(job.id):
        await discard(gateway, job.id)
        raise SubmissionAbandoned(ABANDONED)
    try:
        await gateway.jobs.insert(job)
    except IdempotencyKeyTaken:
        await discard(gateway, job.id)
        assert job.idempotency is not None
        winner = await gateway.jobs.get_by_idempotency_key(gateway.owner, job.idempotency.key)
        if winner is None:
            raise
        return await _replay(gateway, winner, job.idempotency.fingerprint)
    if not await confirm(gateway, job):
        await discard(gateway, job.id)
        raise JobDeleted(LOST_ORIGIN)
    if await _was_abandoned(gateway, job):
        await discard(gateway, job.id)
        raise SubmissionAbandoned(ABANDONED)
    JOBS_ACCEPTED.labels(job.kind.value).inc()
    log.info("job.accepted", job=job.id, kind=job.kind.value, source=job.source.type)
    try:
        await gateway.job_service.begin_run(job)
    except Unavailable as error:
        # The job is accepted all the same: the reconciler sends what was not sent.
        log.warning("job.not_sent", job=job.id, error=error.detail)
    return SubmitOutcome(job)


async def _was_abandoned(gateway: Gateway, job: Job) -> bool:
    """Whether this process stalled before the insert for so long that the sweep has removed what the job needs. Then
    the job is taken back, unless someone has already seen it and acted on it.
    """
    try:
        if await gateway.submissions.become_job(job.id):
            return False
    except Unavailable as error:
        # The job is accepted all the same: the reconciler removes the submission.
        log.warning("submission.left_to_sweep", job=job.id, error=error.detail)
        return False
    return await gateway.jobs.take_back(job.id) or await gateway.jobs.get(job.id) is None
