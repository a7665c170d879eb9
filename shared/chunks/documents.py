"""The chunk document, the aggregate: items and counts are embedded, so both change in one atomic update."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pydantic import Field

from shared.documents import Document, Failure, Lease
from shared.lifecycle import ChunkState, Counts, ItemState, count_states
from shared.members import result_member
from shared.queue import Queue


class Result(Document):
    """An object that came out: where it lies and what it is."""

    # Which of the item's variants it is, from 1, and the seed that it was drawn with.
    variant: int = 1
    seed: int = 0
    key: str
    bytes: int
    sha256: str
    crc32: int
    width: int
    height: int
    media_type: str
    # SHA-256 of the weights that colorized it.
    checkpoint: str


class Item(Document):
    index: int
    name: str
    # Its unique path in results.zip, fixed when the archive's index is read.
    member: str
    # Where its bytes lie (shared/archives): absent for an entry that cannot be read.
    locator: dict[str, Any] | None
    state: ItemState = ItemState.PENDING
    # All variants, in order, or none: it succeeds with all of them or fails.
    results: list[Result] = Field(default_factory=list)
    error: Failure | None = None
    # Set before an item of a twice-lost chunk is tried alone; see `poison` in docs/architecture.md.
    suspect: int = 0
    timings_ms: dict[str, float] | None = None
    # What a manifest says of it beside its key: its owner's own, given back in the report.
    columns: dict[str, str] | None = None

    def filed(self) -> list[tuple[str, Result]]:
        """Its results, each behind its path in results.zip.

        Where there are several, every path begins with the variant's own folder, the first one's too: below it lies the
        archive's tree, so that no folder of ours can be one of the archive's.
        """
        has_several = len(self.results) > 1
        return [
            (f"variant-{result.variant}/" * has_several + result_member(self.member, result.media_type), result)
            for result in self.results
        ]


class ResultSums(Document):
    """What the results in a chunk add up to: what results.zip must know to find a place in itself.

    `count` is their number, not that of the items, each of which may have several; `names` is the UTF-8 of their paths
    in results.zip, in bytes; `largest` the size of the largest result.
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
    # How often it was claimed: only the first claim moves its job's window on.
    claims: int = 0
    # How often a lease on it ran out. Hand-backs do not count.
    expiries: int = 0
    # When the message that is on its way to a worker was sent. None: there is none, or a claim has used it up.
    dispatched_at: datetime | None = None
    # How often that message was sent again; the reconciler's backoff.
    resends: int = 0
    counts: Counts
    # As of the last record. None: they have to be taken from the items.
    sums: ResultSums | None = None
    items: list[Item]


class Outline(Document):
    """A chunk without its items."""

    no: int
    run: int
    counts: Counts


def chunk_id(job_id: str, no: int) -> str:
    return f"{job_id}:{no}"


def new_chunk(job_id: str, no: int, queue: Queue, items: list[Item], run: int = 1) -> Chunk:
    """A chunk as it is inserted: done from the start if there is nothing in it to do."""
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


def reopened(chunk: Chunk, run: int) -> Chunk:
    """A chunk of an older run as this one begins with it: what can be tried again is pending, the rest stays."""
    again = new_chunk(chunk.job, chunk.no, chunk.queue, [_tried_again(item) for item in chunk.items], run)
    return again.model_copy(update={"sums": sum_results(again.items)})


def _tried_again(item: Item) -> Item:
    """An item that could not even be located in its archive will not be next time."""
    if item.state is not ItemState.FAILED or item.locator is None:
        return item
    return item.model_copy(update={"state": ItemState.PENDING, "error": None, "suspect": 0, "timings_ms": None})


def sum_results(items: Iterable[Item]) -> ResultSums:
    """Of those that these items have."""
    found = [filed for item in items for filed in item.filed()]
    return ResultSums(
        count=len(found),
        bytes=sum(result.bytes for _, result in found),
        names=sum(len(member.encode()) for member, _ in found),
        largest=max((result.bytes for _, result in found), default=0),
    )


def sums_with(chunk: Chunk, finished: Mapping[int, Item]) -> ResultSums:
    """What the results in a chunk add up to once the items at these places are as given."""
    return sum_results(finished.get(place, item) for place, item in enumerate(chunk.items))


def counts_with(chunk: Chunk, finished: Mapping[int, Item]) -> Counts:
    """The counts of a chunk once the items at these places are as given."""
    return count_states([finished.get(place, item).state for place, item in enumerate(chunk.items)])
