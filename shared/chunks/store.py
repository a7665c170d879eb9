"""The chunks collection: inserting, reading, and finding chunks that wait. What a worker writes under its lease is in
`leases.py`.

Written so that SecantusDB is as fast as MongoDB (docs/decisions/0004-embedded-stack-secantusdb-localbucket.md): the hot
path touches chunks by `_id` only, `_id` comes first in a filter, no filter has `$expr` or `$or`, and there is no
findAndModify.
"""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from pymongo.errors import BulkWriteError

from shared.chunks.documents import Chunk, Item, Judgment, Outline, ResultSums, chunk_id, reopened, sum_results
from shared.clock import utc_now
from shared.documents import Failure
from shared.lifecycle import ChunkState, Counts, ItemState, count_states
from shared.mongo import Database, Update, translate_errors, translate_errors_of_iteration, update_if
from shared.queue import Queue
from shared.verdicts import Verdict, count_verdicts, moved

DUPLICATE_KEY = 11000
# "Is a date", as a range that an index can answer: for `$ne: null`, SecantusDB reads the whole collection.
A_DATE = {"$gt": datetime(1970, 1, 1, tzinfo=UTC)}
# How many chunks are read at once, with and without their items. SecantusDB reads the items in both cases.
STRIDE = 16
LONG_STRIDE = 64
SUMMARY_FIELDS = {"no": 1, "counts": 1, "verdicts": 1}
OUTLINE_FIELDS = {"no": 1, "run": 1, "counts": 1}


class ChunkStore:
    """All methods raise StoreUnavailable if the store does not respond."""

    def __init__(self, database: Database) -> None:
        self._chunks = database["chunks"]

    @translate_errors
    async def insert(self, chunks: list[Chunk]) -> None:
        """Insert those that do not exist yet: chunk ids are deterministic, so an expansion may be repeated."""
        try:
            await self._chunks.insert_many([chunk.to_mongo() for chunk in chunks], ordered=False)
        except BulkWriteError as error:
            codes = {failure["code"] for failure in error.details["writeErrors"]}
            if codes != {DUPLICATE_KEY} or error.details.get("writeConcernErrors"):
                raise

    @translate_errors
    async def get(self, job_id: str, no: int) -> Chunk | None:
        document = await self._chunks.find_one({"_id": chunk_id(job_id, no)})
        return Chunk.model_validate(document) if document else None

    @translate_errors
    async def mark_dispatched(self, chunk: str, *, again: bool = False) -> bool:
        """Record that a message is about to be sent: before it is, so that the reconciler misses one that gets lost.

        False: the chunk is leased or done, so there is nothing to send.
        """
        outcome = await self._chunks.update_one(
            {"_id": chunk, "state": ChunkState.PENDING},
            {"$set": {"dispatched_at": utc_now()}, "$inc": {"resends": int(again)}},
        )
        return bool(outcome.matched_count)

    @translate_errors
    async def reopen(self, job_id: str, no: int, run: int, only: Collection[int] | None = None) -> Chunk | None:
        """Move a chunk of an older run to this run, with its failed and canceled items, or `only` those with these
        indexes, pending again. None: there is no such chunk.

        The run is the fence: a process that still works for an older run no longer matches the chunk.
        """
        while (chunk := await self.get(job_id, no)) is not None and chunk.run < run:
            as_read = {"_id": chunk.id, "run": chunk.run}
            await self._chunks.update_one(as_read, {"$set": _changes(chunk, reopened(chunk, run, only))})
        return chunk

    @translate_errors
    async def fail_items(self, chunk: Chunk, places: Collection[int], error: Failure) -> bool:
        """Let succeeded items of a job that has ended fail after all: their results are lost. False: the chunk was
        reopened or changed since it was read.
        """
        lost: dict[str, Any] = {
            "state": ItemState.FAILED,
            "results": [],
            "previews": None,
            "judgment": None,
            "error": error,
        }
        items = [item.model_copy(update=lost) if place in places else item for place, item in enumerate(chunk.items)]
        changed = {
            "items": [item.to_mongo() for item in items],
            "counts": count_states([item.state for item in items]).model_dump(),
            "sums": sum_results(items).to_mongo(),
            "verdicts": count_verdicts([item.verdict for item in items]).model_dump(),
        }
        as_read = {**_as_judged(chunk), "run": chunk.run, "state": chunk.state, "lease": None}
        return await update_if(self._chunks, as_read, {"$set": changed, "$inc": {"judgments": 1}})

    @translate_errors
    async def judge(self, chunk: Chunk, item: Item, judgment: Judgment | None) -> bool:
        """Record a verdict about a succeeded item, or its withdrawal, with the chunk's sums. False: another one in this
        chunk was recorded since the chunk was read.

        Their number is the fence: `items.3.judgment: null` would also match by a field `3` that no item has. Chunks
        from before there were verdicts have no number.
        """
        after = judgment.verdict if judgment else None
        sums = {f"verdicts.{name}": count for name, count in moved(item.verdict, after).items()}
        place = f"items.{chunk.items.index(item)}.judgment"
        update: Update = {
            "$set": {place: judgment.to_mongo() if judgment else None},
            "$inc": {**sums, "judgments": 1},
        }
        return await update_if(self._chunks, _as_judged(chunk), update)

    @translate_errors
    async def adopt(self, job_id: str, run: int) -> None:
        """Move all chunks of older runs to this run as they are, so that nobody reopens them for it."""
        if run == 1:
            return  # There is no older run, and SecantusDB would read all chunks to find that out.
        await self._chunks.update_many({"job": job_id, "run": {"$lt": run}}, {"$set": {"run": run}})

    @translate_errors_of_iteration
    async def outlines(self, job_id: str, stop: int) -> AsyncIterator[Outline]:
        """A job's chunks without their items, by number."""
        async for document in self._by_number(job_id, 0, LONG_STRIDE, OUTLINE_FIELDS, stop):
            yield Outline.model_validate(document)

    @translate_errors
    async def remove(self, job_id: str) -> None:
        """Remove all chunks of a job that does not exist. Idempotent."""
        await self._chunks.delete_many({"job": job_id})

    @translate_errors
    async def remove_older(self, job_id: str, run: int) -> None:
        """Remove the chunks of older runs."""
        await self._chunks.delete_many({"job": job_id, "run": {"$lt": run}})

    @translate_errors
    async def jobs_with_unsent(self) -> set[str]:
        """The jobs, existing or not, with a pending chunk that was not sent."""
        criteria = {"state": ChunkState.PENDING, "dispatched_at": None}
        return {document["job"] async for document in self._chunks.find(criteria, {"job": 1})}

    @translate_errors
    async def has_any(self, job_id: str, *states: ChunkState) -> bool:
        """Whether any chunk of a job is in one of these states."""
        for state in states:
            if await self._chunks.find_one({"job": job_id, "state": state}, {"_id": 1}) is not None:
                return True
        return False

    @translate_errors
    async def count_waiting(self, job_id: str) -> int:
        """Chunks of a job that were sent and not claimed yet: the dispatch window limits their number."""
        return int(await self._chunks.count_documents(_sent() | {"job": job_id}))

    @translate_errors
    async def leased_by_queue(self) -> Counter[Queue]:
        """How many chunks of all jobs workers hold. There are no more of them than workers have threads."""
        leased = self._chunks.find({"state": ChunkState.LEASED}, {"queue": 1})
        return Counter([Queue(document["queue"]) async for document in leased])

    @translate_errors
    async def tally(self, job_id: str) -> tuple[int, Counts]:
        """How many chunks of a job are done, and the exact counts of all of them, in constant memory."""
        done, total = 0, Counts()
        async for document in self._by_number(job_id, 0, LONG_STRIDE, {"state": 1, "counts": 1}):
            done += document["state"] == ChunkState.DONE
            total += Counts.model_validate(document["counts"])
        return done, total

    @translate_errors_of_iteration
    async def sums(self, job_id: str) -> AsyncIterator[ResultSums | None]:
        """The sums of each chunk of a job, by number; None where they were not recorded."""
        async for document in self._by_number(job_id, 0, LONG_STRIDE, {"sums": 1}):
            yield ResultSums.model_validate(document["sums"]) if document.get("sums") else None

    @translate_errors_of_iteration
    async def in_order(
        self,
        job_id: str,
        *,
        first: int = 0,
        stop: int | None = None,
        having: str | None = None,
        verdict: Verdict | None = None,
    ) -> AsyncIterator[Chunk]:
        """A job's chunks by number, from `first` to below `stop`. With `having`, only those with an item in that
        state; with `verdict`, only those with an item that got it.
        """
        if having is None and verdict is None:
            async for document in self._by_number(job_id, first, STRIDE, None, stop):
                yield Chunk.model_validate(document)
            return
        async for summary in self._by_number(job_id, first, LONG_STRIDE, SUMMARY_FIELDS, stop):
            has_verdict = verdict is None or summary.get("verdicts", {}).get(verdict)
            if (
                (having is None or summary["counts"][having])
                and has_verdict
                and (chunk := await self.get(job_id, summary["no"]))
            ):
                yield chunk

    @translate_errors_of_iteration
    async def items(self, job_id: str, chunk_items: int, indexes: Sequence[int] | None) -> AsyncIterator[Item]:
        """A job's items with these ascending indexes, or all. Those of a chunk that does not exist are missing."""
        if indexes is None:
            async for chunk in self.in_order(job_id):
                for item in chunk.items:
                    yield item
            return
        for no, places in groupby(indexes, lambda index: index // chunk_items):
            if (holder := await self.get(job_id, no)) is not None:
                for index in places:
                    yield holder.items[index % chunk_items]

    @translate_errors_of_iteration
    async def unsent(self, job_id: str, window_end: int) -> AsyncIterator[Chunk]:
        """Chunks inside a job's window that were not sent, without their items. For the reconciler."""
        criteria = {"job": job_id, "state": ChunkState.PENDING, "dispatched_at": None, "no": {"$lt": window_end}}
        async for document in self._chunks.find(criteria, {"items": 0}):
            yield Chunk.model_validate(document | {"items": []})

    @translate_errors_of_iteration
    async def waiting(self) -> AsyncIterator[Chunk]:
        """Every pending chunk that was sent, oldest message first, without its items. For the reconciler."""
        async for document in self._chunks.find(_sent(), {"items": 0}).sort("dispatched_at", 1):
            yield Chunk.model_validate(document | {"items": []})

    async def _by_number(
        self,
        job_id: str,
        first: int,
        stride: int,
        fields: Mapping[str, int] | None,
        stop: int | None = None,
    ) -> AsyncIterator[dict[str, Any]]:
        """Chunks in order, in short ranges of their numbers, which have no gaps.

        Not with one sorted cursor: MongoDB drops a cursor that a slow download leaves idle for ten minutes, and
        SecantusDB sorts all matches before it returns the first.
        """
        while stop is None or first < stop:
            end = first + stride if stop is None else min(first + stride, stop)
            span = {"job": job_id, "no": {"$gte": first, "$lt": end}}
            documents = await self._chunks.find(span, fields).sort("no", 1).to_list(stride)
            for document in documents:
                yield document
            if len(documents) < end - first:
                return
            first = end


def _as_judged(chunk: Chunk) -> dict[str, Any]:
    return {"_id": chunk.id, "judgments": chunk.judgments or {"$in": [0, None]}}


def _changes(chunk: Chunk, renewed: Chunk) -> dict[str, Any]:
    """All but the items that stay as they are, and their verdicts: somebody may judge them meanwhile."""
    changes = renewed.to_mongo()
    for name in ("_id", "items", "verdicts", "judgments"):
        del changes[name]
    pairs = enumerate(zip(chunk.items, renewed.items, strict=True))
    return changes | {f"items.{place}": item.to_mongo() for place, (before, item) in pairs if item != before}


def _sent() -> dict[str, Any]:
    return {"state": ChunkState.PENDING, "dispatched_at": A_DATE}
