"""The jobs collection. Every change of a job is one conditional update with its condition in the filter. What an
expander writes under its lease is in `expansion.py`, what a reconciler writes that removes a job in `removal.py`.

As in `shared/chunks/store.py`, `_id` comes first in a filter, and there is no `$expr`, no `$or` and no findAndModify.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from shared.clock import utc_now
from shared.documents import Failure
from shared.errors import Conflict
from shared.ids import new_lease_token
from shared.jobs.documents import Job, JobKind
from shared.jobs.endings import ending
from shared.jobs.history import Act, appended
from shared.jobs.windows import id_windows
from shared.lifecycle import RETRYABLE, SETTLING, Counts, JobState, states_before
from shared.log import NO_REQUEST, Origin
from shared.mongo import (
    Database,
    Update,
    bound_to,
    server_time,
    translate_errors,
    translate_errors_of_iteration,
    update_if,
)
from shared.mongo_time import lease

MOST_LATEST = 12


class IdempotencyKeyTaken(Conflict):
    """A job with the same owner and Idempotency-Key exists: that one is the winner."""

    code = "idempotency_key_taken"


class JobStore:
    """All methods raise StoreUnavailable if the store does not respond.

    With an `owner`, jobs of other owners do not exist for it. Without, it reads and changes everyone's.
    """

    def __init__(self, database: Database, owner: str | None = None) -> None:
        self._database = database
        self._jobs = database["jobs"]
        self._bound = bound_to(owner)
        # The newest job of each owner when a list of all was last read. Only a place to begin: it may be gone.
        self._newest: dict[str | None, str] = {}

    @translate_errors
    async def insert(self, job: Job) -> None:
        """The commit point of a submission. Raises IdempotencyKeyTaken."""
        assert job.owner == self._bound.get("owner", job.owner), "a bound store inserts its owner's jobs only"
        try:
            await self._jobs.insert_one(job.to_mongo())
        except DuplicateKeyError as error:
            raise IdempotencyKeyTaken("There is a job with this Idempotency-Key.") from error

    @translate_errors
    async def take_back(self, job_id: str) -> bool:
        """Undo the insert of a job that no client knows of. False: it is gone, or was sent or started meanwhile."""
        untouched = {**self._by_id(job_id), "run": 1, "sent_at": None, "started_at": None}
        return bool((await self._jobs.delete_one(untouched)).deleted_count)

    @translate_errors
    async def get(self, job_id: str) -> Job | None:
        document = await self._jobs.find_one(self._by_id(job_id))
        return Job.model_validate(document) if document else None

    @translate_errors
    async def get_by_idempotency_key(self, owner: str, key: str) -> Job | None:
        document = await self._jobs.find_one({"owner": owner, **self._bound, "idempotency.key": key})
        return Job.model_validate(document) if document else None

    @translate_errors
    async def page(
        self,
        owner: str | None = None,
        *,
        state: JobState | None,
        after: str | None,
        limit: int,
        kind: JobKind | None = None,
        labels: Sequence[str] = (),
    ) -> list[Job]:
        """The owner's jobs with all of these labels, newest first, beginning after (older than) the job `after`.
        Without an owner, all that this store can access.
        """
        criteria: dict[str, Any] = {**bound_to(owner), **self._bound}
        if labels:
            criteria["labels"] = labels[0]
        if state is not None:
            criteria["state"] = state
        documents: list[dict[str, Any]] = []
        known = self._newest.get(criteria.get("owner"))
        for window in id_windows(after, utc_now(), known):
            matches = self._jobs.find({**criteria, "_id": window} if window else criteria).sort("_id", -1)
            # The embedded store would scan all jobs for a kind, which is in no index, and for a second label.
            is_exact = kind is None and len(labels) <= 1
            read = await (matches.limit(limit) if is_exact else matches).to_list(None)
            documents += [document for document in read if _matches(document, kind, labels)]
            if len(documents) >= limit:
                break
        if documents and after is None and criteria.keys() <= {"owner"}:
            self._newest[criteria.get("owner")] = documents[0]["_id"]
        return [Job.model_validate(document) for document in documents[:limit]]

    @translate_errors
    async def start_single(self, job_id: str, run: int) -> Job | None:
        """Start a single job when its chunk is claimed. None: it is not queued for this run."""
        started = {"state": JobState.RUNNING, "started_at": utc_now()}
        queued = {**self._by_id(job_id), "kind": JobKind.SINGLE, "state": JobState.QUEUED, "run": run}
        if not await update_if(self._jobs, queued, {"$set": started, "$inc": {"version": 1}}):
            return None
        return await self.get(job_id)

    @translate_errors
    async def advance(self, job_id: str) -> int | None:
        """Move the dispatch window by one. Returns the number of the chunk to send, None if all were sent."""
        while True:
            job = await self.get(job_id)
            if job is None or job.state is not JobState.RUNNING or job.next_no >= job.planned:
                return None
            as_read = {**self._by_id(job_id), "state": JobState.RUNNING, "run": job.run, "next_no": job.next_no}
            if await update_if(self._jobs, as_read, {"$inc": {"next_no": 1}}):
                return job.next_no if job.order is None else job.order[job.next_no]

    @translate_errors
    async def add_progress(
        self, job_id: str, run: int, recorded: Counts, result_bytes: int = 0, succeeded: Sequence[int] = ()
    ) -> None:
        """Call after a guarded record: an item's transition is recorded once, so this may lag but never overcounts.
        `succeeded` are the indexes of the items that succeeded.
        """
        changes = {f"progress.{name}": count for name, count in recorded.model_dump().items() if count}
        if result_bytes:
            changes["result_bytes"] = result_bytes
        if changes:
            newest = {"$push": {"latest": {"$each": list(succeeded), "$slice": -MOST_LATEST}}} if succeeded else {}
            unsettled = {**self._by_id(job_id), "state": {"$in": list(SETTLING)}, "run": run}
            await self._jobs.update_one(unsettled, {"$inc": {**changes, "version": 1}, **newest})

    @translate_errors
    async def add_verdicts(self, job_id: str, changes: Mapping[str, int]) -> None:
        """Call after a verdict was recorded. It changes no state, so a job that has ended may get one, too."""
        sums = {f"verdicts.{name}": count for name, count in changes.items()}
        await self._jobs.update_one(self._by_id(job_id), {"$inc": {**sums, "version": 1}})

    @translate_errors
    async def cancel(self, job_id: str, act: Act | None = None) -> bool:
        """Ask a job to stop. False: it has ended, or is being canceled."""
        return await update_if(
            self._jobs,
            {**self._by_id(job_id), "state": {"$in": states_before(JobState.CANCELING)}},
            {"$set": {"state": JobState.CANCELING, "lease": None}, "$inc": {"version": 1}, **appended(act)},
        )

    @translate_errors
    async def expire(self, job_id: str) -> bool:
        """Start no more items of a job whose deadline has passed by the database's clock. False: it has not, or the job
        has ended, or is being stopped.
        """
        now = await server_time(self._database)
        late = {**self._by_id(job_id), "state": {"$in": states_before(JobState.EXPIRING)}, "deadline": {"$lte": now}}
        update = {"$set": {"state": JobState.EXPIRING, "lease": None}, "$inc": {"version": 1}}
        return await update_if(self._jobs, late, update)

    @translate_errors
    async def retry(
        self,
        job: Job,
        origin: Origin = NO_REQUEST,
        act: Act | None = None,
        *,
        deadline: datetime | None = None,
        items: list[int] | None = None,
    ) -> bool:
        """Begin another run of an ended job, for its failed, expired and canceled items, or for these failed `items`,
        with this deadline. False: the job was changed since it was read, or there is nothing to retry.

        Its chunks are not changed here: the expander reopens them.
        """
        if job.state not in RETRYABLE:
            return False
        counts = job.current_counts()
        left = counts.failed - len(items) if items else 0
        kept = counts.unfinished().model_copy(update={"pending": 0, "failed": left})
        restart = {
            "state": JobState.QUEUED,
            "run": job.run + 1,
            **asdict(origin),
            "order": None,
            "retried": items,
            "next_no": 0 if job.kind is JobKind.BULK else job.next_no,
            "progress": kept.model_dump(),
            "head_start": kept.model_dump(),
            "counts": None,
            "lease": None,
            "expiries": 0,
            "error": None,
            "deadline": deadline,
            "sent_at": None,
            "started_at": None,
            "finished_at": None,
            "expires_at": None,
        }
        as_read = {**self._by_id(job.id), "state": job.state, "run": job.run}
        return await update_if(self._jobs, as_read, {"$set": restart, "$inc": {"version": 1}, **appended(act)})

    @translate_errors
    async def delete(self, job_id: str, grace_seconds: float, act: Act | None = None) -> bool:
        """Start deleting a job: nobody can use it any more. False: it is gone, or being deleted.

        Removing its objects and documents requires a lease on it. The grace is its first holder: until it expires,
        a worker that does not know of the delete may still be storing a result.
        """
        update: Update = [
            {
                "$set": {
                    "state": JobState.DELETING,
                    "lease": lease(new_lease_token(), "grace", grace_seconds),
                    "retirement": None,
                    "version": {"$add": ["$version", 1]},
                    "history": {"$concatArrays": [{"$ifNull": ["$history", []]}, [act.to_mongo()] if act else []]},
                }
            }
        ]
        kept = {**self._by_id(job_id), "state": {"$in": states_before(JobState.DELETING)}}
        if await update_if(self._jobs, kept, update):
            return True
        # If this is because its retention is over, its record does not stay, either.
        deleting = {**self._by_id(job_id), "state": JobState.DELETING}
        await update_if(self._jobs, deleting, {"$set": {"retirement": None}})
        return False

    @translate_errors
    async def settle(self, job: Job, after: JobState, counts: Counts, error: Failure | None) -> bool:
        """End a job with its exact counts. False: the job was changed since it was read."""
        as_read = {**self._by_id(job.id), "state": job.state, "run": job.run}
        return await update_if(self._jobs, as_read, ending(job, after, counts, error))

    @translate_errors
    async def mark_sent(self, job_id: str) -> None:
        await self._jobs.update_one(self._by_id(job_id), {"$set": {"sent_at": utc_now()}})

    @translate_errors_of_iteration
    async def in_state(self, *states: JobState) -> AsyncIterator[Job]:
        """The jobs in these states, oldest first. For the reconciler."""
        cursor = self._jobs.find({**self._bound, "state": {"$in": list(states)}}).sort("_id", 1)
        async for document in cursor:
            yield Job.model_validate(document)

    def _by_id(self, job_id: str) -> dict[str, Any]:
        return {"_id": job_id, **self._bound}


def deletion_held(job_id: str, token: str) -> dict[str, Any]:
    """The filter for a job whose remains the holder of the token removes."""
    return {"_id": job_id, "state": JobState.DELETING, "lease.token": token}


def _matches(document: dict[str, Any], kind: JobKind | None, labels: Sequence[str]) -> bool:
    return kind in (None, document["kind"]) and set(labels) <= set(document.get("labels", ()))


def is_overdue(moment: datetime | None, now: datetime, seconds: float) -> bool:
    """Whether more than `seconds` have passed since `moment`."""
    return moment is None or (now - moment).total_seconds() > seconds
