"""The expansion of a job: the lease of its expander, and what the expander writes, guarded by the lease's token.

As in `store.py`, `_id` comes first in a filter.
"""

from typing import Any

from shared.clock import utc_now
from shared.documents import Failure
from shared.jobs.documents import Job, JobKind, Listing, Totals
from shared.jobs.endings import ending
from shared.jobs.store import JobStore
from shared.lifecycle import Counts, JobState
from shared.mongo import Database, Update, translate_errors, update_if
from shared.mongo_time import expired, in_seconds, lease


class Expansions:
    """All methods raise StoreUnavailable if the store does not respond."""

    def __init__(self, database: Database) -> None:
        self._jobs = database["jobs"]
        self._store = JobStore(database)

    @translate_errors
    async def claim_expansion(self, job_id: str, token: str, worker: str, lease_seconds: float) -> Job | None:
        """Take the lease on a job that is queued, or whose expander's lease expired. None: not taken."""
        is_expired = {"$and": [{"$eq": ["$state", JobState.EXPANDING]}, expired("$lease.expires_at")]}
        free = {"$or": [{"$eq": ["$state", JobState.QUEUED]}, is_expired]}
        taken = lease(token, worker, lease_seconds)
        update: Update = [
            {
                "$set": {
                    "state": {"$cond": [free, JobState.EXPANDING, "$state"]},
                    "lease": {"$cond": [free, taken, "$lease"]},
                    "expiries": {"$cond": [is_expired, _incremented_expiries(), "$expiries"]},
                    "version": {"$cond": [free, {"$add": ["$version", 1]}, "$version"]},
                    "started_at": {"$cond": [free, {"$ifNull": ["$started_at", "$$NOW"]}, "$started_at"]},
                }
            }
        ]
        if not await update_if(self._jobs, {"_id": job_id, "kind": JobKind.BULK}, update):
            return None
        return await self._held(job_id, token)

    @translate_errors
    async def renew_expansion(self, job_id: str, token: str, lease_seconds: float) -> bool:
        renewal = [{"$set": {"lease.expires_at": in_seconds(lease_seconds)}}]
        return bool((await self._jobs.update_one(_expanding(job_id, token), renewal)).matched_count)

    @translate_errors
    async def record_listing(self, job_id: str, token: str, listing: Listing) -> Job | None:
        """Record the job's listing, unless it has one: the returned job has the listing to use. None: the lease was
        lost.
        """
        unlisted = {**_expanding(job_id, token), "listing": None}
        await update_if(self._jobs, unlisted, {"$set": {"listing": listing.to_mongo()}})
        return await self._held(job_id, token)

    @translate_errors
    async def seal(
        self,
        job_id: str,
        token: str,
        *,
        chunks: int,
        totals: Totals,
        settled: Counts,
        order: list[int] | None = None,
    ) -> Job | None:
        """Seal the job: from now on it has its items, and its chunks may be sent. None: the lease was lost.

        `settled` counts the items that need no worker: skipped, unreadable, or finished in an earlier run. `order` are
        the numbers of the chunks with work to do; None: all of them.
        """
        sealed = {
            "state": JobState.RUNNING,
            "chunks": chunks,
            "order": order,
            "next_no": 0,
            "totals": totals.to_mongo(),
            "progress": settled.model_dump(),
            "head_start": settled.model_dump(),
            "lease": None,
            "sealed_at": utc_now(),
        }
        if not await update_if(self._jobs, _expanding(job_id, token), {"$set": sealed, "$inc": {"version": 1}}):
            return None
        return await self._store.get(job_id)

    @translate_errors
    async def fail_expansion(self, job_id: str, token: str, error: Failure) -> bool:
        """End the job without items, because its source is unusable."""
        job = await self._held(job_id, token)
        if job is None:
            return False
        ended = ending(job, JobState.FAILED, Counts(), error)
        return await update_if(self._jobs, _expanding(job_id, token), ended)

    @translate_errors
    async def release_expansion(self, job_id: str, token: str | None = None) -> bool:
        """Move the job back to queued: with the token of its expander, or without one if the lease expired. False: the
        lease was lost, or has not expired.
        """
        if token is not None:
            back = {"state": JobState.QUEUED, "lease": None, "sent_at": None}
            return await update_if(self._jobs, _expanding(job_id, token), {"$set": back, "$inc": {"version": 1}})
        is_expired = expired("$lease.expires_at")
        update: Update = [
            {
                "$set": {
                    "state": {"$cond": [is_expired, JobState.QUEUED, "$state"]},
                    "lease": {"$cond": [is_expired, None, "$lease"]},
                    "expiries": {"$cond": [is_expired, _incremented_expiries(), "$expiries"]},
                    "sent_at": {"$cond": [is_expired, None, "$sent_at"]},
                    "version": {"$cond": [is_expired, {"$add": ["$version", 1]}, "$version"]},
                }
            }
        ]
        return await update_if(self._jobs, {"_id": job_id, "state": JobState.EXPANDING}, update)

    async def _held(self, job_id: str, token: str) -> Job | None:
        """The job as it is now, if this token holds its lease."""
        job = await self._store.get(job_id)
        return job if job and job.lease and job.lease.token == token else None


def _incremented_expiries() -> dict[str, Any]:
    return {"$add": [{"$ifNull": ["$expiries", 0]}, 1]}


def _expanding(job_id: str, token: str) -> dict[str, Any]:
    """The guard of every write by an expander."""
    return {"_id": job_id, "state": JobState.EXPANDING, "lease.token": token}
