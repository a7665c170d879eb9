"""Files that clients send part by part: each waits, complete, for the one job that takes it, and is then that job's.

One document per file. Beside those of `store.py`, which stand for bodies that are on their way through the gateway.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import Field

from shared.clock import utc_now
from shared.documents import Document
from shared.ids import new_upload_id
from shared.mongo import Database, translate_errors, translate_errors_of_iteration

# How long a file waits for its next part, its completion, or its job, before it is removed.
KEPT = timedelta(days=1)
SLICE = 100


class UploadState(StrEnum):
    OPEN = "open"
    COMPLETED = "completed"
    # A job has taken it, and decides from now on how long it is kept.
    USED = "used"
    # What was stored of it is being removed; nobody can see it any more.
    REMOVING = "removing"


class Upload(Document):
    """`parts_id` is how the storage calls the parts; `etags` are theirs, in order, as the client has said them.

    `media_type` is what the complete file begins as, None for nothing known; `etag` is that of the object.
    """

    id: str = Field(alias="_id", default_factory=new_upload_id)
    owner: str
    state: UploadState = UploadState.OPEN
    filename: str | None
    bytes: int
    part_bytes: int
    key: str
    parts_id: str
    etags: list[str] | None = None
    media_type: str | None = None
    etag: str | None = None
    job: str | None = None
    created_at: datetime
    # None: it is its job's.
    expires_at: datetime | None

    @property
    def part_count(self) -> int:
        return -(-self.bytes // self.part_bytes)

    def part_length(self, number: int) -> int:
        """Of the part `number`, from 1. All have the same length, but for the last."""
        return min(self.part_bytes, self.bytes - (number - 1) * self.part_bytes)


class UploadStore:
    """All methods raise StoreUnavailable when the store is away."""

    def __init__(self, database: Database) -> None:
        self._uploads = database["part_uploads"]

    @translate_errors
    async def insert(self, upload: Upload) -> None:
        await self._uploads.insert_one(upload.to_mongo())

    @translate_errors
    async def get(self, upload_id: str) -> Upload | None:
        document = await self._uploads.find_one({"_id": upload_id})
        return Upload.model_validate(document) if document else None

    @translate_errors
    async def get_many(self, upload_ids: Sequence[str]) -> list[Upload]:
        """Those that there are, in the order of the ids."""
        found: dict[str, Upload] = {}
        for some in _in_slices(upload_ids):
            documents = await self._uploads.find({"_id": {"$in": some}}).to_list(len(some))
            found |= {document["_id"]: Upload.model_validate(document) for document in documents}
        return [found[upload_id] for upload_id in upload_ids if upload_id in found]

    @translate_errors
    async def keep(self, upload_id: str, etags: Sequence[str] | None = None) -> bool:
        """Let an open upload wait anew, and note the ETags that it is to be completed with. False: it is not open."""
        change: dict[str, Any] = {"expires_at": utc_now() + KEPT}
        if etags is not None:
            change["etags"] = list(etags)
        return await self._update(upload_id, [UploadState.OPEN], change)

    @translate_errors
    async def complete(self, upload_id: str, media_type: str | None, etag: str) -> bool:
        """Its parts are an object now. False: it was completed before, or taken away."""
        change = {
            "state": UploadState.COMPLETED,
            "media_type": media_type,
            "etag": etag,
            "expires_at": utc_now() + KEPT,
        }
        return await self._update(upload_id, [UploadState.OPEN], change)

    @translate_errors
    async def claim(self, upload_ids: Sequence[str], owner: str, job_id: str) -> bool:
        """Give completed uploads to a job. False: not all were to be had; `release` those that were."""
        change = {"state": UploadState.USED, "job": job_id, "expires_at": None}
        for some in _in_slices(upload_ids):
            free = {"_id": {"$in": some}, "owner": owner, "state": UploadState.COMPLETED}
            outcome = await self._uploads.update_many(free, {"$set": change})
            if outcome.matched_count < len(some):
                return False
        return True

    @translate_errors
    async def release(self, job_id: str) -> None:
        """The job did not come to be: its uploads wait for another. Idempotent."""
        change = {"state": UploadState.COMPLETED, "job": None, "expires_at": utc_now() + KEPT}
        await self._uploads.update_many({"job": job_id, "state": UploadState.USED}, {"$set": change})

    @translate_errors
    async def of_job(self, job_id: str, limit: int) -> list[Upload]:
        documents = await self._uploads.find({"job": job_id}).limit(limit).to_list(limit)
        return [Upload.model_validate(document) for document in documents]

    @translate_errors
    async def take_away(self, upload_id: str, since: datetime | None = None) -> bool:
        """Before what was stored of it is removed: nothing can be done with it any more. With `since`, only if it has
        expired by then. False: a job has it, it is gone, or it is still waited for.
        """
        waiting = [UploadState.OPEN, UploadState.COMPLETED, UploadState.REMOVING]
        expired = {"expires_at": {"$lt": since}} if since else {}
        return await self._update(upload_id, waiting, {"state": UploadState.REMOVING}, expired)

    @translate_errors
    async def remove(self, upload_id: str) -> None:
        await self._uploads.delete_one({"_id": upload_id})

    @translate_errors_of_iteration
    async def expired(self, now: datetime) -> AsyncIterator[Upload]:
        """Those that nobody has come back for. For the reconciler."""
        async for document in self._uploads.find({"expires_at": {"$lt": now}}):
            yield Upload.model_validate(document)

    async def _update(
        self, upload_id: str, states: list[UploadState], change: dict[str, Any], criteria: dict[str, Any] | None = None
    ) -> bool:
        found = {"_id": upload_id, "state": {"$in": states}, **(criteria or {})}
        return bool((await self._uploads.update_one(found, {"$set": change})).matched_count)


def _in_slices(upload_ids: Sequence[str]) -> Iterator[list[str]]:
    """SecantusDB looks for each document in all of an `$in`."""
    for first in range(0, len(upload_ids), SLICE):
        yield list(upload_ids[first : first + SLICE])
