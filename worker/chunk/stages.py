"""A picture on its way through the pipeline, and the room that it takes up there."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from shared.chunks.documents import Item, Result
from worker.chunk.memory_budget import Share
from worker.models.inference import FloatArray
from worker.sandbox import ComposedPicture, DecodedPicture


@dataclass
class Work:
    """What the stages have made of one picture so far, and how long each took."""

    place: int
    item: Item
    share: Share
    source: bytes = b""
    decoded: DecodedPicture | None = None
    # One for each variant that is wanted.
    chromas: list[FloatArray] = field(default_factory=list)
    # The variant that is next to be stored; before it there are so many results.
    composed: ComposedPicture | None = None
    results: list[Result] = field(default_factory=list)
    timings_ms: dict[str, float] = field(default_factory=dict)

    @property
    def picture(self) -> DecodedPicture:
        assert self.decoded is not None, "decode comes first"
        return self.decoded

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add what the block takes to what the stage has taken before, for another variant."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.timings_ms[stage] = round(self.timings_ms.get(stage, 0.0) + milliseconds_since(start), 1)

    def weigh(self) -> None:
        """Take up as much room as what there is of it needs now."""
        picture = 0 if self.decoded is None else self.decoded.source.size + self.decoded.planes.size
        composed = b"" if self.composed is None else self.composed.data
        chromas = sum(chroma.nbytes for chroma in self.chromas)
        self.share.resize(len(self.source) + picture + chromas + len(composed))

    def close_picture(self) -> None:
        """Give back all but what was composed."""
        self.source, self.chromas = b"", []
        if self.decoded is not None:
            self.decoded.close()
            self.decoded = None
        self.weigh()

    def close(self) -> None:
        """Give back the memory of the source and of all that was made of it. Idempotent."""
        self.composed = None
        self.close_picture()


Inbox = MemoryObjectReceiveStream[Work]
Outbox = MemoryObjectSendStream[Work]


def milliseconds_since(start: float) -> float:
    return round((time.perf_counter() - start) * 1000, 1)
