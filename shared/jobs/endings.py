"""What a job records when it ends, in one write: its state and counts, and the message that its webhook is owed.

So no message is lost, whichever process dies: as long as one is in the job's outbox, it is due.
"""

from datetime import datetime
from typing import Any

from shared.clock import utc_now
from shared.documents import Failure
from shared.jobs.documents import Job
from shared.lifecycle import Counts, JobState
from shared.webhooks.documents import Message


def ending(job: Job, state: JobState, counts: Counts, error: Failure | None) -> dict[str, Any]:
    """The update that ends a job."""
    now = utc_now()
    ended = {
        "state": state,
        "counts": counts.model_dump(),
        "error": error.to_mongo() if error else None,
        "lease": None,
        **job.times_of_end(now),
    }
    update: dict[str, Any] = {"$set": ended, "$inc": {"version": 1}}
    if job.webhook is not None:
        update["$push"] = {"outbox": _message(job, state, counts, error, now).to_mongo()}
    return update


def _message(job: Job, state: JobState, counts: Counts, error: Failure | None, now: datetime) -> Message:
    """A job ends once in a run, so the id is the same whoever ends it."""
    return Message(
        id=f"msg_{job.id.removeprefix('job_')}_{job.run}_{state}",
        type=f"job.{state}",
        timestamp=now,
        data={
            "id": job.id,
            "owner": job.owner,
            "kind": job.kind,
            "state": state,
            "run": job.run,
            "labels": job.labels,
            "counts": counts.model_dump(),
            "error": error.to_mongo() if error else None,
            "created_at": job.created_at,
            "finished_at": now,
        },
    )
