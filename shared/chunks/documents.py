"""The chunk document. Items and counts are embedded in it, so that both change in one atomic update."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from shared.documents import Document, Failure, Lease, Note
from shared.lifecycle import ChunkState, Counts, ItemState, count_states
from shared.members import result_member
from shared.queue import Queue
from shared.verdicts import Verdict, Verdicts


class Result(Document):
    """A stored result."""

    # The number of the item's variant, from 1, and the seed that it was drawn with.
    variant: int = 1
    seed: int = 0
    key: str
    bytes: int
    sha256: str
    crc32: int
    width: int
    height: int
    media_type: str
    # SHA-256 of the weights.
    checkpoint: str


class Preview(Document):
    """A small WebP."""

    key: str
    bytes: int


class Previews(Document):
    """Of an item's source and of its first result."""

    source: Preview
    result: Preview


class Judgment(Document):
    """A verdict, and who gave it: `key` as in a job's history."""

    verdict: Verdict
    owner: str
    key: str | None
    at: datetime


class Item(Document):
    index: int
    name: str
    # Its unique path in results.zip, assigned when the job is expanded.
    member: str
    # Where its bytes are (shared/archives/entries.py); None for an entry that cannot be read.
    locator: dict[str, Any] | None
    state: ItemState = ItemState.PENDING
    # All variants, in order, or none: the item succeeds with all of them or fails.
    results: list[Result] = Field(default_factory=list)
    # None: no result yet, or one from before there were previews.
    previews: Previews | None = None
    # Only an item with a result has one.
    judgment: Judgment | None = None
    error: Failure | None = None
    # What is worth knowing about its source, although it could be read.
    notes: list[Note] = Field(default_factory=list)
    # How often it was tried alone, marked before each try; see "Poison" in docs/architecture.md.
    suspect: int = 0
    timings_ms: dict[str, float] | None = None
    # Its other columns in a manifest, repeated in the report.
    columns: dict[str, str] | None = None
    # Base64 of its name as stored in the archive, where `name` is not simply these bytes as UTF-8.
    name_bytes: str | None = None

    @property
    def verdict(self) -> Verdict | None:
        return self.judgment.verdict if self.judgment else None

    def results_by_member(self) -> list[tuple[str, Result]]:
        """Its results with their paths in results.zip.

        If there are several, every path begins with a folder of the variant, so that these folders cannot collide with
        those of the archive.
        """
        has_several = len(self.results) > 1
        return [
            (f"variant-{result.variant}/" * has_several + result_member(self.member, result.media_type), result)
            for result in self.results
        ]


class ResultSums(Document):
    """Totals of the results in a chunk, from which a position in results.zip is computed without reading the items.

    `count` is the number of results, of which an item may have several. `names` is the size of their paths in
    results.zip, in bytes of UTF-8. `largest` is the size of the largest result.
    """

    count: int = 0
    bytes: int = 0
    names: int = 0
    largest: int = 0


class Chunk(Document):
    id: str = Field(alias="_id")
    job: str
    no: int
    run: int = 1
    queue: Queue
    state: ChunkState = ChunkState.PENDING
    lease: Lease | None = None
    # How often it was claimed: only the first claim moves the job's window.
    claims: int = 0
    # How often its lease expired. Hand-backs do not count.
    expiries: int = 0
    # When its message was sent. None: none is in the queue, or a claim has consumed it.
    dispatched_at: datetime | None = None
    # How often that message was sent again: the basis of the reconciler's backoff.
    resends: int = 0
    counts: Counts
    # As of the last record. None: not recorded, to be computed from the items.
    sums: ResultSums | None = None
    verdicts: Verdicts = Verdicts()
    # How often a verdict was given, changed or withdrawn.
    judgments: int = 0
    items: list[Item]


class Outline(Document):
    """A chunk without its items."""

    no: int
    run: int
    counts: Counts


def chunk_id(job_id: str, no: int) -> str:
    return f"{job_id}:{no}"


def new_chunk(job_id: str, no: int, queue: Queue, items: list[Item], run: int = 1) -> Chunk:
    """A chunk to insert. It is done from the start if it has no pending items."""
    counts = count_states([item.state for item in items])
    return Chunk(
        id=chunk_id(job_id, no),
        job=job_id,
        no=no,
        run=run,
        queue=queue,
        state=ChunkState.PENDING if counts.pending else ChunkState.DONE,
        counts=counts,
        items=items,
    )


def reopened(chunk: Chunk, run: int, only: Collection[int] | None = None) -> Chunk:
    """A chunk of an older run as it begins a new run: items that can be retried are pending, the others unchanged. With
    `only`, those with these indexes.
    """
    items = [_reset(item) if only is None or item.index in only else item for item in chunk.items]
    renewed = new_chunk(chunk.job, chunk.no, chunk.queue, items, run)
    return renewed.model_copy(update={"sums": sum_results(renewed.items)})


def _reset(item: Item) -> Item:
    """An item without a locator cannot be retried: its archive gives no other answer the next time."""
    if item.state is not ItemState.FAILED or item.locator is None:
        return item
    fresh: dict[str, Any] = {"state": ItemState.PENDING, "error": None, "notes": [], "suspect": 0, "timings_ms": None}
    return item.model_copy(update=fresh)


def copied(item: Item, index: int) -> Item:
    """The item in another job, with nothing done yet. One that was skipped or cannot be read is so there, too."""
    if item.state is ItemState.SKIPPED or item.locator is None:
        return item.model_copy(update={"index": index})
    return Item(
        index=index,
        name=item.name,
        member=item.member,
        locator=item.locator,
        columns=item.columns,
        name_bytes=item.name_bytes,
    )


def sum_results(items: Iterable[Item]) -> ResultSums:
    results = [pair for item in items for pair in item.results_by_member()]
    return ResultSums(
        count=len(results),
        bytes=sum(result.bytes for _, result in results),
        names=sum(len(member.encode()) for member, _ in results),
        largest=max((result.bytes for _, result in results), default=0),
    )


def sums_with(chunk: Chunk, finished: Mapping[int, Item]) -> ResultSums:
    """The sums of a chunk once the items at these places are replaced."""
    return sum_results(finished.get(place, item) for place, item in enumerate(chunk.items))


def counts_with(chunk: Chunk, finished: Mapping[int, Item]) -> Counts:
    """The counts of a chunk once the items at these places are replaced."""
    return count_states([finished.get(place, item).state for place, item in enumerate(chunk.items)])
