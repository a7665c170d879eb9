"""A submission: a request for a job until the job is inserted. Its document is written before the first byte is stored.

It reserves the Idempotency-Key while the body arrives, and lets one sweep remove whatever a crash leaves behind.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from pydantic import Field
from pymongo.errors import DuplicateKeyError

from shared.clock import utc_now
from shared.documents import Document
from shared.errors import InProgress
from shared.mongo import Database, bound_to, translate_errors, translate_errors_of_iteration


class SubmissionInFlight(InProgress):
    """Another body with the same Idempotency-Key is still arriving."""

    code = "idempotency_in_flight"


class Submission(Document):
    """`_id` is the id of the job that the bytes will become."""

    id: str = Field(alias="_id")
    owner: str
    idempotency_key: str | None = None
    created_at: datetime
    # Updated while bytes arrive: a submission that has not been touched for a while was abandoned.
    touched_at: datetime
    # Set before the sweep removes its objects; from then on it cannot become a job.
    abandoned: bool = False

    def to_mongo(self) -> dict[str, Any]:
        return {name: value for name, value in super().to_mongo().items() if value is not None}


class SubmissionStore:
    """All methods raise StoreUnavailable if the store does not respond.

    With an `owner`, submissions of other owners do not exist for it.
    """

    def __init__(self, database: Database, owner: str | None = None) -> None:
        self._submissions = database["uploads"]  # Stored under this name since version 0.1.0.
        self._bound = bound_to(owner)

    @translate_errors
    async def begin(self, job_id: str, owner: str, idempotency_key: str | None) -> None:
        """Raises SubmissionInFlight."""
        assert owner == self._bound.get("owner", owner), "a bound store inserts its owner's submissions only"
        now = utc_now()
        submission = Submission(id=job_id, owner=owner, idempotency_key=idempotency_key, created_at=now, touched_at=now)
        try:
            await self._submissions.insert_one(submission.to_mongo())
        except DuplicateKeyError as error:
            raise SubmissionInFlight("A request with this Idempotency-Key is still being received.") from error

    @translate_errors
    async def holder(self, owner: str, idempotency_key: str) -> Submission | None:
        """The submission that has reserved this key."""
        reserved = {"owner": owner, **self._bound, "idempotency_key": idempotency_key}
        document = await self._submissions.find_one(reserved)
        return Submission.model_validate(document) if document else None

    @translate_errors
    async def touch(self, job_id: str) -> bool:
        """False: it was swept as abandoned, and must not become a job."""
        alive = {**self._by_id(job_id), "abandoned": False}
        outcome = await self._submissions.update_one(alive, {"$set": {"touched_at": utc_now()}})
        return bool(outcome.matched_count)

    @translate_errors
    async def abandon(self, job_id: str, since: datetime) -> bool:
        """Mark a submission that was last touched before `since` as abandoned, so that what it stored can be removed.
        False: it was touched meanwhile, or is gone.
        """
        untouched = {**self._by_id(job_id), "touched_at": {"$lt": since}}
        outcome = await self._submissions.update_one(untouched, {"$set": {"abandoned": True}})
        return bool(outcome.matched_count)

    @translate_errors
    async def become_job(self, job_id: str) -> bool:
        """End a submission whose job is inserted. False: it was swept as abandoned, and what it had stored is gone."""
        outcome = await self._submissions.delete_one({**self._by_id(job_id), "abandoned": False})
        return bool(outcome.deleted_count)

    @translate_errors
    async def end(self, job_id: str) -> None:
        """Remove the document, whatever became of the submission. Idempotent."""
        await self._submissions.delete_one(self._by_id(job_id))

    @translate_errors
    async def exists(self, job_id: str) -> bool:
        return await self._submissions.find_one(self._by_id(job_id), {"_id": 1}) is not None

    @translate_errors_of_iteration
    async def untouched_since(self, since: datetime) -> AsyncIterator[Submission]:
        """Those that may have been abandoned. For the reconciler."""
        async for document in self._submissions.find({**self._bound, "touched_at": {"$lt": since}}):
            yield Submission.model_validate(document)

    def _by_id(self, job_id: str) -> dict[str, Any]:
        return {"_id": job_id, **self._bound}
