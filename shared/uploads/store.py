"""The uploads collection: a document for every body that is arriving, written before its first byte is stored.

It reserves the Idempotency-Key while the bytes arrive, and lets one sweep clean whatever a crash leaves behind.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from pydantic import Field
from pymongo.errors import DuplicateKeyError

from shared.clock import utc_now
from shared.errors import Conflict
from shared.jobs.documents import Document
from shared.mongo import Database, translate_errors, translate_errors_of_iteration


class UploadInFlight(Conflict):
    """Another body with the same Idempotency-Key is still arriving."""

    code = "idempotency_in_flight"


class Upload(Document):
    """`_id` is the id of the job that the bytes will become."""

    id: str = Field(alias="_id")
    owner: str
    idempotency_key: str | None = None
    created_at: datetime
    # Moved on while bytes arrive: an upload that stands still was abandoned.
    touched_at: datetime
    # Set before the sweep removes its objects; from then on it cannot become a job.
    abandoned: bool = False

    def to_mongo(self) -> dict[str, Any]:
        return {name: value for name, value in super().to_mongo().items() if value is not None}


class UploadStore:
    """All methods raise StoreUnavailable when the store is away."""

    def __init__(self, database: Database) -> None:
        self._uploads = database["uploads"]

    @translate_errors
    async def begin(self, job_id: str, owner: str, idempotency_key: str | None) -> None:
        """Raises UploadInFlight."""
        now = utc_now()
        upload = Upload(id=job_id, owner=owner, idempotency_key=idempotency_key, created_at=now, touched_at=now)
        try:
            await self._uploads.insert_one(upload.to_mongo())
        except DuplicateKeyError as error:
            raise UploadInFlight("A request with this Idempotency-Key is still being received.") from error

    @translate_errors
    async def touch(self, job_id: str) -> bool:
        """False: the upload was swept as abandoned, and must not become a job."""
        alive = {"_id": job_id, "abandoned": False}
        outcome = await self._uploads.update_one(alive, {"$set": {"touched_at": utc_now()}})
        return bool(outcome.matched_count)

    @translate_errors
    async def abandon(self, job_id: str, since: datetime) -> bool:
        """Take an upload that has stood still `since` then away from whoever was sending it, to remove what it left.
        False: it moved meanwhile, or is gone.
        """
        still = {"_id": job_id, "touched_at": {"$lt": since}}
        outcome = await self._uploads.update_one(still, {"$set": {"abandoned": True}})
        return bool(outcome.matched_count)

    @translate_errors
    async def become_job(self, job_id: str) -> bool:
        """The bytes have become a job. False: the upload was swept as abandoned, and what it had stored with it."""
        outcome = await self._uploads.delete_one({"_id": job_id, "abandoned": False})
        return bool(outcome.deleted_count)

    @translate_errors
    async def end(self, job_id: str) -> None:
        """There is no upload any more, whatever has become of it. Idempotent."""
        await self._uploads.delete_one({"_id": job_id})

    @translate_errors
    async def exists(self, job_id: str) -> bool:
        return await self._uploads.find_one({"_id": job_id}, {"_id": 1}) is not None

    @translate_errors_of_iteration
    async def standing_still(self, since: datetime) -> AsyncIterator[Upload]:
        async for document in self._uploads.find({"touched_at": {"$lt": since}}):
            yield Upload.model_validate(document)
