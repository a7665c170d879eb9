"""Uploads: files that clients send part by part, before they submit a job about them.

One document per file. A completed upload waits for a job to claim it, and then belongs to that job.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import Field

from shared.clock import utc_now
from shared.documents import Document
from shared.ids import new_upload_id
from shared.mongo import Database, bound_to, translate_errors, translate_errors_of_iteration

# How long an upload waits for its next part, its completion, or a job, before it is removed.
LIFETIME = timedelta(days=1)
IDS_PER_QUERY = 100


class UploadState(StrEnum):
    OPEN = "open"
    COMPLETED = "completed"
    # A job has claimed it: it is kept as long as the job.
    USED = "used"
    # Its parts or its object are being removed; clients no longer see it.
    REMOVING = "removing"


class Upload(Document):
    """`parts_id` is the storage's id of the multipart upload; `etags` are those of the parts, as the client gave them.

    `media_type` is recognized from the first bytes of the completed file, None if unknown; `etag` is the object's.
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
    # None once a job has claimed it.
    expires_at: datetime | None

    @property
    def part_count(self) -> int:
        return -(-self.bytes // self.part_bytes)

    def part_length(self, number: int) -> int:
        """The length of part `number`, from 1. All parts but the last have the same length."""
        return min(self.part_bytes, self.bytes - (number - 1) * self.part_bytes)


class UploadStore:
    """All methods raise StoreUnavailable if the store does not respond.

    With an `owner`, uploads of other owners do not exist for it.
    """

    def __init__(self, database: Database, owner: str | None = None) -> None:
        self._uploads = database["part_uploads"]  # Stored under this name since version 0.1.0.
        self._bound = bound_to(owner)

    @translate_errors
    async def insert(self, upload: Upload) -> None:
        assert upload.owner == self._bound.get("owner", upload.owner), "a bound store inserts its owner's uploads only"
        await self._uploads.insert_one(upload.to_mongo())

    @translate_errors
    async def get(self, upload_id: str) -> Upload | None:
        document = await self._uploads.find_one({"_id": upload_id, **self._bound})
        return Upload.model_validate(document) if document else None

    @translate_errors
    async def get_many(self, upload_ids: Sequence[str]) -> list[Upload]:
        """Those that exist, in the order of the ids."""
        uploads: dict[str, Upload] = {}
        for ids in _grouped(upload_ids):
            documents = await self._uploads.find({"_id": {"$in": ids}, **self._bound}).to_list(len(ids))
            uploads |= {document["_id"]: Upload.model_validate(document) for document in documents}
        return [uploads[upload_id] for upload_id in upload_ids if upload_id in uploads]

    @translate_errors
    async def extend(self, upload_id: str, etags: Sequence[str] | None = None) -> bool:
        """Extend the lifetime of an open upload, and record the ETags of its parts. False: it is not open."""
        change: dict[str, Any] = {"expires_at": utc_now() + LIFETIME}
        if etags is not None:
            change["etags"] = list(etags)
        return await self._update(upload_id, [UploadState.OPEN], change)

    @translate_errors
    async def complete(self, upload_id: str, media_type: str | None, etag: str) -> bool:
        """Record that its parts were assembled. False: it was completed before, or is being removed."""
        change = {
            "state": UploadState.COMPLETED,
            "media_type": media_type,
            "etag": etag,
            "expires_at": utc_now() + LIFETIME,
        }
        return await self._update(upload_id, [UploadState.OPEN], change)

    @translate_errors
    async def claim(self, upload_ids: Sequence[str], owner: str, job_id: str) -> bool:
        """Claim completed uploads for a job. False: not all were available; `release` those that were."""
        change = {"state": UploadState.USED, "job": job_id, "expires_at": None}
        for ids in _grouped(upload_ids):
            free = {"_id": {"$in": ids}, "owner": owner, **self._bound, "state": UploadState.COMPLETED}
            outcome = await self._uploads.update_many(free, {"$set": change})
            if outcome.matched_count < len(ids):
                return False
        return True

    @translate_errors
    async def release(self, job_id: str) -> None:
        """Give back the uploads of a job that was not inserted. Idempotent."""
        change = {"state": UploadState.COMPLETED, "job": None, "expires_at": utc_now() + LIFETIME}
        claimed = {"job": job_id, **self._bound, "state": UploadState.USED}
        await self._uploads.update_many(claimed, {"$set": change})

    @translate_errors
    async def waiting_bytes(self, owner: str) -> int:
        """Of the owner's uploads that belong to no job yet, as announced."""
        return await self._sum_bytes(owner, UploadState.OPEN, UploadState.COMPLETED)

    @translate_errors
    async def announced_bytes(self, owner: str) -> int:
        """Of the owner's uploads that are not complete: nobody has counted what has arrived of them."""
        return await self._sum_bytes(owner, UploadState.OPEN)

    async def _sum_bytes(self, owner: str, *states: UploadState) -> int:
        waiting = {"owner": owner, "state": {"$in": list(states)}, **self._bound}
        grouped = {"$group": {"_id": None, "bytes": {"$sum": "$bytes"}}}
        sums = await self._uploads.aggregate([{"$match": waiting}, grouped]).to_list(1)
        return int(sums[0]["bytes"]) if sums else 0

    @translate_errors
    async def of_job(self, job_id: str, limit: int) -> list[Upload]:
        documents = await self._uploads.find({"job": job_id, **self._bound}).limit(limit).to_list(limit)
        return [Upload.model_validate(document) for document in documents]

    @translate_errors
    async def begin_removal(self, upload_id: str, since: datetime | None = None) -> bool:
        """Call before its parts or its object are removed: nobody can use it any more. With `since`, only if it had
        expired by then. False: a job has claimed it, it is gone, or it has not expired.
        """
        waiting = [UploadState.OPEN, UploadState.COMPLETED, UploadState.REMOVING]
        expired = {"expires_at": {"$lt": since}} if since else {}
        return await self._update(upload_id, waiting, {"state": UploadState.REMOVING}, expired)

    @translate_errors
    async def remove(self, upload_id: str) -> None:
        await self._uploads.delete_one({"_id": upload_id, **self._bound})

    @translate_errors_of_iteration
    async def expired(self, now: datetime) -> AsyncIterator[Upload]:
        """Those whose lifetime is over. For the reconciler."""
        async for document in self._uploads.find({**self._bound, "expires_at": {"$lt": now}}):
            yield Upload.model_validate(document)

    async def _update(
        self, upload_id: str, states: list[UploadState], change: dict[str, Any], criteria: dict[str, Any] | None = None
    ) -> bool:
        query = {"_id": upload_id, **self._bound, "state": {"$in": states}, **(criteria or {})}
        return bool((await self._uploads.update_one(query, {"$set": change})).matched_count)


def _grouped(upload_ids: Sequence[str]) -> Iterator[list[str]]:
    """For each document, SecantusDB searches the whole list of an `$in`."""
    for first in range(0, len(upload_ids), IDS_PER_QUERY):
        yield list(upload_ids[first : first + IDS_PER_QUERY])
