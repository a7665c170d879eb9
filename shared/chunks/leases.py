"""The lease on a chunk: how it is claimed and renewed, what its holder writes, how it ends. Its token guards writes.

This is the hot path: as in `store.py`, `_id` comes first in a filter, and there is no `$expr` and no `$or`.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from shared.chunks.documents import Chunk, Item, ResultSums, chunk_id
from shared.chunks.store import ChunkStore
from shared.lifecycle import ChunkState, Counts
from shared.mongo import Database, Update, server_time, translate_errors, translate_errors_of_iteration, update_if
from shared.mongo_time import expired, in_seconds, lease


class ChunkLeases:
    """All methods raise StoreUnavailable if the store does not respond."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._chunks = database["chunks"]
        self._store = ChunkStore(database)

    @translate_errors
    async def claim(self, job_id: str, no: int, token: str, worker: str, lease_seconds: float) -> Chunk | None:
        """Take the lease if the chunk is pending, or if its lease expired by the database's clock. None: not taken.

        This consumes the message for the chunk, so from now on it counts as not sent.
        """
        is_expired = _lease_is_expired()
        free = {"$or": [{"$eq": ["$state", ChunkState.PENDING]}, is_expired]}
        taken = lease(token, worker, lease_seconds)
        update: Update = [
            {
                "$set": {
                    "state": {"$cond": [free, ChunkState.LEASED, "$state"]},
                    "lease": {"$cond": [free, taken, "$lease"]},
                    "claims": {"$cond": [free, {"$add": ["$claims", 1]}, "$claims"]},
                    "expiries": {"$cond": [is_expired, {"$add": ["$expiries", 1]}, "$expiries"]},
                    "dispatched_at": {"$cond": [free, None, "$dispatched_at"]},
                    "resends": {"$cond": [free, 0, "$resends"]},
                }
            }
        ]
        if not await update_if(self._chunks, {"_id": chunk_id(job_id, no)}, update):
            return None
        chunk = await self._store.get(job_id, no)
        return chunk if chunk and chunk.lease and chunk.lease.token == token else None

    @translate_errors
    async def renew(self, chunk: str, token: str, lease_seconds: float) -> bool:
        """False: the lease was lost, and nothing may be written for this chunk any more."""
        outcome = await self._chunks.update_one(
            _held(chunk, token), [{"$set": {"lease.expires_at": in_seconds(lease_seconds)}}]
        )
        return bool(outcome.matched_count)

    @translate_errors
    async def record(
        self,
        chunk: str,
        token: str,
        finished: Mapping[int, Item],
        counts: Counts,
        sums: ResultSums | None = None,
    ) -> bool:
        """Write finished items, by their place in the chunk, with the new counts and sums, in one update.

        The chunk is done once nothing in it is pending. False: the lease was lost.
        """
        changes: dict[str, Any] = {f"items.{place}": item.to_mongo() for place, item in finished.items()}
        changes["counts"] = counts.model_dump()
        changes["sums"] = sums.model_dump() if sums else None
        if counts.pending == 0:
            changes |= {"state": ChunkState.DONE, "lease": None}
        outcome = await self._chunks.update_one(_held(chunk, token), {"$set": changes})
        return bool(outcome.matched_count)

    @translate_errors
    async def mark_suspect(self, chunk: str, token: str, place: int, times: int) -> bool:
        """Record that the item at this place is about to be tried alone for the `times`-th time. False: the lease was
        lost. The number is absolute, so the update may be repeated if its response is lost.
        """
        outcome = await self._chunks.update_one(_held(chunk, token), {"$set": {f"items.{place}.suspect": times}})
        return bool(outcome.matched_count)

    @translate_errors
    async def hand_back(self, chunk: str, token: str, *, cleared: Mapping[int, int] | None = None) -> bool:
        """Give up the lease unfinished. That is no expiry, and no item is blamed: `cleared` resets, by place, how often
        an item had been a suspect before.
        """
        change: dict[str, Any] = {"state": ChunkState.PENDING, "lease": None}
        change |= {f"items.{place}.suspect": times for place, times in (cleared or {}).items()}
        outcome = await self._chunks.update_one(_held(chunk, token), {"$set": change})
        return bool(outcome.matched_count)

    @translate_errors_of_iteration
    async def expired(self) -> AsyncIterator[Chunk]:
        """Every chunk whose lease expired by the database's clock, without its items. For the reconciler.

        One query per pass, because an update per lease would cost as much as all renewals by workers. An index has its
        range, so leases that run are not read, however many workers there are.
        """
        due = {"state": ChunkState.LEASED, "lease.expires_at": {"$lte": await server_time(self._database)}}
        async for document in self._chunks.find(due, {"items": 0}):
            yield Chunk.model_validate(document | {"items": []})

    @translate_errors
    async def release_expired(self, chunk: str) -> bool:
        """Make a chunk whose lease expired pending again. False: it was renewed, finished or handed back meanwhile."""
        is_expired = _lease_is_expired()
        update: Update = [
            {
                "$set": {
                    "state": {"$cond": [is_expired, ChunkState.PENDING, "$state"]},
                    "lease": {"$cond": [is_expired, None, "$lease"]},
                    "expiries": {"$cond": [is_expired, {"$add": ["$expiries", 1]}, "$expiries"]},
                }
            }
        ]
        return await update_if(self._chunks, {"_id": chunk, "state": ChunkState.LEASED}, update)

    @translate_errors
    async def revoke(self, job_id: str) -> int:
        """Null all leases of a job that is being canceled or deleted: the guard then rejects their holders' writes.
        Returns how many there were.
        """
        outcome = await self._chunks.update_many(
            {"job": job_id, "state": ChunkState.LEASED}, {"$set": {"state": ChunkState.PENDING, "lease": None}}
        )
        return int(outcome.modified_count)


def _held(chunk: str, token: str) -> dict[str, Any]:
    """The guard of every write by a worker."""
    return {"_id": chunk, "state": ChunkState.LEASED, "lease.token": token}


def _lease_is_expired() -> dict[str, Any]:
    """In an update pipeline: whether the chunk is leased and the lease has expired."""
    return {"$and": [{"$eq": ["$state", ChunkState.LEASED]}, expired("$lease.expires_at")]}
