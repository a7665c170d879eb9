"""The chunks collection. The hot path touches chunks by `_id` only; every write by a worker is guarded by its token."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from pymongo import ReturnDocument
from pymongo.errors import BulkWriteError

from shared.chunks.documents import Chunk, Item, chunk_id
from shared.clock import utc_now
from shared.jobs.lifecycle import ChunkState, Counts, count_states
from shared.mongo import Database, translate_errors
from shared.mongo_time import expired, in_seconds

DUPLICATE_KEY = 11000


class ChunkStore:
    """All methods raise StoreUnavailable when the store is away."""

    def __init__(self, database: Database) -> None:
        self._chunks = database["chunks"]

    @translate_errors
    async def insert(self, chunks: list[Chunk]) -> None:
        """Insert those that are not there yet: chunk ids are deterministic, so an expansion may be repeated."""
        try:
            await self._chunks.insert_many([chunk.to_mongo() for chunk in chunks], ordered=False)
        except BulkWriteError as error:
            if any(failure["code"] != DUPLICATE_KEY for failure in error.details["writeErrors"]):
                raise

    @translate_errors
    async def get(self, job_id: str, no: int) -> Chunk | None:
        document = await self._chunks.find_one({"_id": chunk_id(job_id, no)})
        return Chunk.model_validate(document) if document else None

    @translate_errors
    async def claim(self, job_id: str, no: int, token: str, worker: str, lease_seconds: float) -> Chunk | None:
        """Take the lease if the chunk is pending, or leased and expired by the database's clock. None: not ours."""
        lapsed = {"$and": [{"$eq": ["$state", ChunkState.LEASED]}, expired("$lease.expires_at")]}
        free = {"$or": [{"$eq": ["$state", ChunkState.PENDING]}, lapsed]}
        lease = {"token": token, "worker": worker, "expires_at": in_seconds(lease_seconds)}
        document = await self._chunks.find_one_and_update(
            {"_id": chunk_id(job_id, no)},
            [
                {
                    "$set": {
                        "state": {"$cond": [free, ChunkState.LEASED, "$state"]},
                        "lease": {"$cond": [free, lease, "$lease"]},
                        "expiries": {"$cond": [lapsed, {"$add": ["$expiries", 1]}, "$expiries"]},
                    }
                }
            ],
            return_document=ReturnDocument.AFTER,
        )
        if document is None:
            return None
        chunk = Chunk.model_validate(document)
        return chunk if chunk.lease and chunk.lease.token == token else None

    @translate_errors
    async def renew(self, chunk: str, token: str, lease_seconds: float) -> bool:
        """False: the lease was lost, and nothing of this chunk may be written any more."""
        outcome = await self._chunks.update_one(
            _held(chunk, token), [{"$set": {"lease.expires_at": in_seconds(lease_seconds)}}]
        )
        return bool(outcome.matched_count)

    @translate_errors
    async def record(self, chunk: str, token: str, finished: Mapping[int, Item], counts: Counts) -> bool:
        """Write finished items, by their place in the chunk, and the counts that follow, in one update.

        The chunk is done with the write after which nothing in it is pending. False: the lease was lost.
        """
        changes: dict[str, Any] = {f"items.{place}": item.to_mongo() for place, item in finished.items()}
        changes["counts"] = counts.model_dump()
        if counts.pending == 0:
            changes |= {"state": ChunkState.DONE, "lease": None}
        outcome = await self._chunks.update_one(_held(chunk, token), {"$set": changes})
        return bool(outcome.matched_count)

    @translate_errors
    async def mark_suspect(self, chunk: str, token: str, place: int) -> bool:
        """Note that this item is about to be tried alone. False: the lease was lost."""
        outcome = await self._chunks.update_one(_held(chunk, token), {"$inc": {f"items.{place}.suspect": 1}})
        return bool(outcome.matched_count)

    @translate_errors
    async def hand_back(self, chunk: str, token: str, *, suspect: int | None = None) -> bool:
        """Give up the lease without having finished. That is no expiry: neither the chunk nor the item at the
        place `suspect`, which was being tried alone, is blamed.
        """
        change: dict[str, Any] = {"$set": {"state": ChunkState.PENDING, "lease": None}}
        if suspect is not None:
            change["$inc"] = {f"items.{suspect}.suspect": -1}
        outcome = await self._chunks.update_one(_held(chunk, token), change)
        return bool(outcome.matched_count)

    @translate_errors
    async def release_expired(self, chunk: str) -> bool:
        """Make a chunk whose lease ran out pending again. False: it was renewed or finished meanwhile."""
        lapsed = {"$and": [{"$eq": ["$state", ChunkState.LEASED]}, expired("$lease.expires_at")]}
        document = await self._chunks.find_one_and_update(
            {"_id": chunk},
            [
                {
                    "$set": {
                        "expiries": {"$cond": [lapsed, {"$add": ["$expiries", 1]}, "$expiries"]},
                        "lease": {"$cond": [lapsed, None, "$lease"]},
                        "state": {"$cond": [lapsed, ChunkState.PENDING, "$state"]},
                    }
                }
            ],
            projection={"state": 1},
            return_document=ReturnDocument.AFTER,
        )
        return document is not None and bool(document["state"] == ChunkState.PENDING)

    @translate_errors
    async def revoke(self, job_id: str) -> int:
        """Null all leases of a job that is being canceled; what their holders still do is rejected by the guard."""
        outcome = await self._chunks.update_many(
            {"job": job_id, "state": ChunkState.LEASED}, {"$set": {"state": ChunkState.PENDING, "lease": None}}
        )
        return int(outcome.modified_count)

    @translate_errors
    async def mark_dispatched(self, chunk: str, *, again: bool = False) -> bool:
        """Note that a message is about to be sent: before, because the message may be lost and must then be missed.

        False: there is nothing to send it for, the chunk being under way or done.
        """
        outcome = await self._chunks.update_one(
            {"_id": chunk, "state": ChunkState.PENDING},
            {"$set": {"dispatched_at": utc_now()}, "$inc": {"resends": int(again)}},
        )
        return bool(outcome.matched_count)

    @translate_errors
    async def remove(self, job_id: str) -> None:
        """Remove the chunks of a job that does not exist (any more). Idempotent."""
        await self._chunks.delete_many({"job": job_id})

    @translate_errors
    async def count(self, job_id: str, *states: ChunkState) -> int:
        return int(await self._chunks.count_documents({"job": job_id, "state": {"$in": list(states)}}))

    @translate_errors
    async def count_waiting(self, job_id: str) -> int:
        """Chunks of a job inside the dispatch window: sent, or being worked on."""
        sent = {"state": ChunkState.PENDING, "dispatched_at": {"$ne": None}}
        return int(await self._chunks.count_documents({"job": job_id, "$or": [sent, {"state": ChunkState.LEASED}]}))

    @translate_errors
    async def sum_counts(self, job_id: str) -> Counts:
        """The exact counts of a job, from its chunks, in constant memory."""
        total = Counts()
        async for document in self._chunks.find({"job": job_id}, {"counts": 1}):
            total += Counts.model_validate(document["counts"])
        return total

    async def in_order(self, job_id: str, *, first: int = 0, having: str | None = None) -> AsyncIterator[Chunk]:
        """A job's chunks by number from `first` on; with `having`, those that count an item in that state."""
        criteria: dict[str, Any] = {"job": job_id, "no": {"$gte": first}}
        if having is not None:
            criteria[f"counts.{having}"] = {"$gt": 0}
        async for document in self._chunks.find(criteria).sort("no", 1).batch_size(4):
            yield Chunk.model_validate(document)

    async def leased(self) -> AsyncIterator[Chunk]:
        """Every chunk under a lease, without its items. For the reconciler."""
        async for document in self._chunks.find({"state": ChunkState.LEASED}, {"items": 0}):
            yield Chunk.model_validate(document | {"items": []})

    async def unsent(self, job_id: str, next_no: int) -> AsyncIterator[Chunk]:
        """Chunks inside a job's window that no message was ever sent for, without items. For the reconciler."""
        criteria = {"job": job_id, "no": {"$lt": next_no}, "state": ChunkState.PENDING, "dispatched_at": None}
        async for document in self._chunks.find(criteria, {"items": 0}):
            yield Chunk.model_validate(document | {"items": []})

    async def waiting(self) -> AsyncIterator[Chunk]:
        """Every pending chunk that was sent, longest ago first, without its items. For the reconciler."""
        sent = {"state": ChunkState.PENDING, "dispatched_at": {"$ne": None}}
        async for document in self._chunks.find(sent, {"items": 0}).sort("dispatched_at", 1):
            yield Chunk.model_validate(document | {"items": []})


def counts_with(chunk: Chunk, finished: Mapping[int, Item]) -> Counts:
    """The counts of a chunk once the items at these places are as given."""
    return count_states([finished.get(place, item).state for place, item in enumerate(chunk.items)])


def _held(chunk: str, token: str) -> dict[str, Any]:
    """The guard of every write by a worker."""
    return {"_id": chunk, "state": ChunkState.LEASED, "lease.token": token}
