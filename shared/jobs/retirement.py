"""Jobs whose retention is over: their objects and chunks are removed like those of a deleted job, their record stays.

As in `store.py`, `_id` comes first in a filter of an update.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from shared.clock import utc_now
from shared.ids import new_lease_token
from shared.jobs.documents import Job
from shared.jobs.store import deletion_held
from shared.lifecycle import JobState
from shared.mongo import Database, Update, server_time, translate_errors, translate_errors_of_iteration, update_if
from shared.mongo_time import lease

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Retirements:
    """All methods raise StoreUnavailable if the store does not respond."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._jobs = database["jobs"]

    @translate_errors_of_iteration
    async def due(self) -> AsyncIterator[Job]:
        """The ended jobs whose retention is over by the database's clock."""
        now = await server_time(self._database)
        async for document in self._jobs.find({"expires_at": {"$gt": EPOCH, "$lte": now}}):
            yield Job.model_validate(document)

    @translate_errors
    async def begin(self, job: Job, grace_seconds: float) -> bool:
        """Take the job from its owner, as a delete does, with the same grace. False: it was retried, deleted, or begun
        since it was read.
        """
        as_read = {"_id": job.id, "state": job.state, "run": job.run, "expires_at": job.expires_at}
        update: Update = [
            {
                "$set": {
                    "state": JobState.DELETING,
                    "lease": lease(new_lease_token(), "grace", grace_seconds),
                    # Without it, the job is not found as due any more.
                    "expires_at": None,
                    "retirement": {"after": {"$literal": job.state}, "completed_at": None},
                    "version": {"$add": ["$version", 1]},
                }
            }
        ]
        return await update_if(self._jobs, as_read, update)

    @translate_errors
    async def complete(self, job_id: str, token: str) -> bool:
        """Leave the record of a job of which nothing else is left. False: the lease was lost, or its owner has deleted
        it meanwhile, so that its record has to go, too.
        """
        held = {**deletion_held(job_id, token), "retirement": {"$type": "object"}}
        record = {
            "state": JobState.DELETED,
            "lease": None,
            "result_bytes": 0,
            "held_since": None,
            "retirement.completed_at": utc_now(),
        }
        return await update_if(self._jobs, held, {"$set": record, "$inc": {"version": 1}})
