"""The stages of a picture in the pipeline: each has a type of its own, so the type checker proves their order."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from shared.chunks.documents import Item, Previews, Result
from shared.documents import Note
from worker.chunk.memory_budget import Reservation
from worker.models.inference import FloatArray
from worker.sandbox import ComposedPicture, DecodedPicture

Inbox = MemoryObjectReceiveStream
Outbox = MemoryObjectSendStream


@dataclass(kw_only=True)
class WorkItem:
    """What belongs to one item at every stage: its place in the chunk, its memory, and how long each stage took."""

    place: int
    item: Item
    reservation: Reservation
    results: list[Result] = field(default_factory=list)
    source_preview: bytes = b""
    previews: Previews | None = None
    notes: list[Note] = field(default_factory=list)
    timings_ms: dict[str, float] = field(default_factory=dict)
    # The decoded picture in shared memory. Closed with the item, whatever stage that has reached.
    picture_memory: ExitStack = field(default_factory=ExitStack)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the duration of the block to what the stage has taken for earlier variants."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.timings_ms[stage] = round(self.timings_ms.get(stage, 0.0) + milliseconds_since(start), 1)

    def close(self) -> None:
        """Release the memory of whatever was made of the source so far. Idempotent."""
        self.picture_memory.close()
        self.reservation.resize(0)


@dataclass(frozen=True, eq=False)
class Fetched:
    work: WorkItem
    source: bytes


@dataclass(frozen=True, eq=False)
class Decoded:
    work: WorkItem
    picture: DecodedPicture

    @property
    def size(self) -> int:
        return self.picture.source.size + self.picture.planes.size


@dataclass(frozen=True, eq=False)
class Inferred:
    work: WorkItem
    picture: DecodedPicture
    # One for each variant.
    chromas: Sequence[FloatArray]

    @property
    def size(self) -> int:
        return self.picture.source.size + self.picture.planes.size + sum(chroma.nbytes for chroma in self.chromas)


@dataclass(frozen=True, eq=False)
class Composed:
    """One variant, ready to be stored. The item succeeds with its last one."""

    work: WorkItem
    result: ComposedPicture
    record: Result
    is_last: bool
    stored: anyio.Event = field(default_factory=anyio.Event)


def milliseconds_since(start: float) -> float:
    return round((time.perf_counter() - start) * 1000, 1)
