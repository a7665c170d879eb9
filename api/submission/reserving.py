"""Reserving an Idempotency-Key for a submission, and giving it up."""

import math
from datetime import timedelta

import structlog

from api.dependencies import Gateway
from api.submission.job_documents import JobParameters
from shared.clock import utc_now
from shared.errors import PhotochromError
from shared.storage.keys import job_prefix
from shared.submissions.store import SubmissionInFlight

log = structlog.get_logger()

TOUCH_SECONDS = 5.0
# After so many missed touches its gateway has crashed, or is out of reach of the store. If it lives on all the same, it
# notices when it commits.
ABANDONED_SECONDS = TOUCH_SECONDS * 9


async def begin(gateway: Gateway, job_id: str, parameters: JobParameters) -> None:
    """Insert the submission. A key whose submission was abandoned is taken over: a client that repeats its request
    after a crash does not have to wait for the sweep. Raises SubmissionInFlight.
    """
    key = parameters.idempotency_key
    try:
        await gateway.submissions.begin(job_id, gateway.owner, key)
    except SubmissionInFlight:
        if key is None:
            raise
        await _release(gateway, key)
        await gateway.submissions.begin(job_id, gateway.owner, key)


async def discard(gateway: Gateway, job_id: str) -> None:
    """Remove every trace of a failed submission. What cannot be removed now is left to the sweep."""
    try:
        await gateway.storage.delete_prefix(job_prefix(job_id))
        await gateway.chunks.remove(job_id)
        await gateway.uploads.release(job_id)
        await gateway.submissions.end(job_id)
    except PhotochromError as error:
        log.warning("submission.left_to_sweep", job=job_id, error=error.detail)


async def _release(gateway: Gateway, key: str) -> None:
    """End the abandoned submission that holds the key. Raises SubmissionInFlight if it is alive."""
    holder = await gateway.submissions.holder(gateway.owner, key)
    if holder is None:
        return
    now = utc_now()
    silence = (now - holder.touched_at).total_seconds()
    since = now - timedelta(seconds=ABANDONED_SECONDS)
    if silence < ABANDONED_SECONDS or not await gateway.submissions.abandon(holder.id, since):
        raise SubmissionInFlight(
            "A request with this Idempotency-Key is still being received, or its gateway has just crashed.",
            _retry_after(silence),
        )
    if await gateway.jobs.get(holder.id) is None:
        log.warning("submission.taken_over", job=holder.id)
        await discard(gateway, holder.id)
    else:
        await gateway.submissions.end(holder.id)


def _retry_after(silence: float) -> int:
    """One that has just been touched may end at any moment. One that has missed touches is waited for."""
    return 1 if silence < 2 * TOUCH_SECONDS else max(1, math.ceil(ABANDONED_SECONDS - silence))
