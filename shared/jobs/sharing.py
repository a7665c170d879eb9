"""Jobs that share the source of another, as the deletion of that one has to know.

A job is confirmed by a look at the other one after it was inserted, and the deletion of that one looks for such jobs
after it has begun. So one of both sees the other, whatever the order (docs/architecture.md, "Shared sources").
"""

from collections.abc import AsyncIterator
from typing import Any

from shared.clock import utc_now
from shared.jobs.store import deletion_held
from shared.lifecycle import JobState
from shared.mongo import Database, translate_errors, update_if


class SharedSources:
    """All methods raise StoreUnavailable if the store does not respond."""

    def __init__(self, database: Database) -> None:
        self._jobs = database["jobs"]

    @translate_errors
    async def confirm(self, job_id: str, origin: str) -> bool:
        """Confirm a job that shares the source of `origin`, or take it back if that is being deleted. False: it is
        gone. Any number of processes may do this at once: it is confirmed, or it is taken back.
        """
        other = await self._jobs.find_one({"_id": origin}, {"state": 1})
        unconfirmed = {"_id": job_id, "source.confirmed": False}
        if other is not None and JobState(other["state"]).is_kept:
            await update_if(self._jobs, unconfirmed, {"$set": {"source.confirmed": True}})
        else:
            await self._jobs.delete_one(unconfirmed)
        job = await self._jobs.find_one({"_id": job_id}, {"source.confirmed": 1})
        return job is not None and bool(job["source"]["confirmed"])

    @translate_errors
    async def is_shared(self, job_id: str) -> bool:
        """Whether another job needs the bytes of this one's source. One that is being deleted does: a worker may not
        know.
        """
        async for _ in self._sharing(job_id):
            return True
        return False

    @translate_errors
    async def has_unread_items(self, root: str, job_id: str) -> bool:
        """Whether another job has yet to copy items from the chunks of this one, whose source belongs to `root`."""
        async for job in self._sharing(root):
            if job["source"]["job"] == job_id and job["chunks"] is None:
                return True
        return False

    @translate_errors
    async def hold(self, job_id: str, token: str) -> bool:
        """Leave a job that is being deleted with its source alone. False: the lease was lost."""
        held = deletion_held(job_id, token)
        left = {"held_since": utc_now(), "result_bytes": 0, "lease": None}
        return await update_if(self._jobs, held, {"$set": left, "$inc": {"version": 1}})

    async def _sharing(self, root: str) -> AsyncIterator[dict[str, Any]]:
        """All but the records of jobs whose retention is over. With another condition, SecantusDB would not use the
        index.
        """
        async for job in self._jobs.find({"source.root": root}, {"state": 1, "source.job": 1, "chunks": 1}):
            if job["state"] != JobState.DELETED:
                yield job
