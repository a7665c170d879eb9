"""What a reconciler writes while it removes what is left of a deleted job, under a lease on the job.

As in `store.py`, `_id` comes first in a filter of an update.
"""

from typing import Any

from shared.ids import new_lease_token
from shared.jobs.store import deletion_held
from shared.lifecycle import JobState
from shared.mongo import Database, Update, translate_errors, update_if
from shared.mongo_time import expired, lease


class Removals:
    """All methods raise StoreUnavailable if the store does not respond."""

    def __init__(self, database: Database) -> None:
        self._jobs = database["jobs"]

    @translate_errors
    async def extend_grace(self, job_id: str, grace_seconds: float) -> None:
        """Restart the grace of a job that is being deleted, because its last worker lost the lease only now."""
        grace = lease(new_lease_token(), "grace", grace_seconds)
        await update_if(self._jobs, _deleting(job_id), [{"$set": {"lease": grace}}])

    @translate_errors
    async def claim(self, job_id: str, token: str, worker: str, lease_seconds: float) -> bool:
        """Take the lease to remove what is left of a job, unless another holds it."""
        is_expired, taken = expired("$lease.expires_at"), lease(token, worker, lease_seconds)
        update: Update = [{"$set": {"lease": {"$cond": [is_expired, taken, "$lease"]}}}]
        if not await update_if(self._jobs, _deleting(job_id), update):
            return False
        return await self._jobs.find_one(deletion_held(job_id, token), {"_id": 1}) is not None

    @translate_errors
    async def release(self, job_id: str, token: str) -> None:
        """Give up the lease, so that another reconciler continues."""
        update: Update = [{"$set": {"lease.expires_at": "$$NOW"}}]
        await update_if(self._jobs, deletion_held(job_id, token), update)

    @translate_errors
    async def complete(self, job_id: str, token: str) -> bool:
        """Remove the document, the last step of a deletion. False: the lease was lost."""
        return bool((await self._jobs.delete_one(deletion_held(job_id, token))).deleted_count)


def _deleting(job_id: str) -> dict[str, Any]:
    return {"_id": job_id, "state": JobState.DELETING}
