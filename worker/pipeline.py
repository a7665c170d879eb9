"""The pipeline of a chunk: fetch ‖ decode ‖ infer ‖ compose and encode ‖ put overlap, so the device waits for nobody.

Stages are tasks of one event loop, joined by bounded streams; what blocks runs in threads. A picture that cannot be
colorized leaves as a failed item and the others go on; whatever else goes wrong ends the pipeline.
"""

import hashlib
import time
import zlib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import cast

import anyio
import numpy as np
from anyio import to_thread
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from shared.archives.entries import Locator
from shared.archives.errors import EntryError
from shared.archives.reading import read_entries
from shared.chunks.documents import Item, Result
from shared.jobs.documents import Failure, Job
from shared.jobs.lifecycle import ItemState
from shared.members import extension_of
from shared.storage.buckets import Buckets
from shared.storage.errors import ObjectNotFound
from shared.storage.keys import result_key
from shared.storage.protocol import ObjectStorage
from worker.fetching import OBJECTS_AT_ONCE, ObjectFetcher
from worker.hints import colorizer_hints
from worker.imaging import ComposeOptions, PictureError, Provenance
from worker.inference import Colorizers, FloatArray
from worker.patience import PatientStorage
from worker.room import Room, Share
from worker.sandbox import ComposedPicture, DecodedPicture, DecoderPool

# Pictures that may wait between two stages, beside those being worked on.
WAITING = 2
PUTS_AT_ONCE = 4

Finish = Callable[[int, Item], Awaitable[None]]


@dataclass
class Work:
    """A picture on its way: what the stages have made of it so far, and how long each took."""

    place: int
    item: Item
    share: Share
    source: bytes = b""
    decoded: DecodedPicture | None = None
    chroma: FloatArray | None = None
    composed: ComposedPicture | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)

    @property
    def picture(self) -> DecodedPicture:
        assert self.decoded is not None, "decode comes first"
        return self.decoded

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.timings_ms[stage] = _milliseconds_since(start)

    def close(self) -> None:
        """Give back the memory of the source and of all that was made of it."""
        self.source, self.chroma, self.composed = b"", None, None
        if self.decoded is not None:
            self.decoded.close()
        self.share.resize(0)


Inbox = MemoryObjectReceiveStream[Work]
Outbox = MemoryObjectSendStream[Work]


class Pipeline:
    """The way of one chunk's items, under one lease."""

    def __init__(
        self,
        *,
        storage: ObjectStorage,
        buckets: Buckets,
        decoders: DecoderPool,
        colorizers: Colorizers,
        provenance: Provenance,
        job: Job,
        token: str,
        room: Room,
        finish: Finish,
    ) -> None:
        self._storage = PatientStorage(storage)
        self._fetcher = ObjectFetcher(buckets)
        self._decoders = decoders
        self._colorizers = colorizers
        self._job = job
        self._token = token
        self._room = room
        self._finish = finish
        self._compose_options = ComposeOptions(provenance, job.options.format.value, job.options.quality)

    async def run(self, items: Sequence[tuple[int, Item]]) -> None:
        """Work through `items`, given with their places in the chunk; `finish` gets each as soon as it is finished."""
        works = [Work(place, item, Share(self._room)) for place, item in items]
        fetched = anyio.create_memory_object_stream[Work](WAITING)
        decoded = anyio.create_memory_object_stream[Work](WAITING)
        inferred = anyio.create_memory_object_stream[Work](WAITING)
        composed = anyio.create_memory_object_stream[Work](WAITING)
        try:
            async with anyio.create_task_group() as stages:
                is_listed = self._job.listing is not None
                stages.start_soon(self._fetch_listed if is_listed else self._fetch, works, fetched[0])
                for _ in range(self._decoders.children):
                    stages.start_soon(self._stage, self._decode, fetched[1].clone(), decoded[0].clone())
                    stages.start_soon(self._stage, self._compose, inferred[1].clone(), composed[0].clone())
                stages.start_soon(self._infer, decoded[1], inferred[0])
                for _ in range(PUTS_AT_ONCE):
                    stages.start_soon(self._stage, self._put, composed[1].clone(), None)
                for stream in (fetched[1], decoded[0], inferred[1], composed[0], composed[1]):
                    stream.close()  # The stages have their own ends of it.
        finally:
            for work in works:
                work.close()

    async def _fail(self, work: Work, code: str, detail: str) -> None:
        work.close()
        failed = {
            "state": ItemState.FAILED,
            "error": Failure(code=code, detail=detail),
            "timings_ms": work.timings_ms,
        }
        await self._finish(work.place, work.item.model_copy(update=failed))

    async def _fetch(self, works: list[Work], outbox: Outbox) -> None:
        """Read the sources, neighbors together in one ranged read."""
        left = dict(enumerate(works))
        locators = [cast(Locator, work.item.locator) for work in works]
        began: dict[int, float] = {}

        async def admit(position: int) -> None:
            # For what is read, and for what it is inflated to.
            await works[position].share.enter(locators[position]["length"] + locators[position]["size"])
            began[position] = time.perf_counter()

        async with outbox:
            try:
                async with aclosing(read_entries(self._storage, locators, admit=admit)) as entries:
                    async for position, content in entries:
                        work = left.pop(position)
                        work.timings_ms["fetch"] = _milliseconds_since(began[position])
                        if isinstance(content, EntryError):
                            await self._fail(work, content.code, content.detail)
                        else:
                            work.source = content
                            await outbox.send(work)
                        del content  # Or it stays until the next one is there, too.
            except ObjectNotFound:
                for work in left.values():
                    await self._fail(work, "source_missing", "The source is no longer in the storage.")

    async def _fetch_listed(self, works: list[Work], outbox: Outbox) -> None:
        """Read sources that are objects by themselves, several at once."""
        at_once = anyio.Semaphore(OBJECTS_AT_ONCE)

        async def fetch(work: Work, locator: Locator) -> None:
            async with at_once:
                await work.share.enter(locator["length"])
                try:
                    with work.timed("fetch"):
                        work.source = await self._fetcher.fetch(locator)
                except EntryError as error:
                    await self._fail(work, error.code, error.detail)
                else:
                    await outbox.send(work)

        async with outbox, anyio.create_task_group() as fetches:
            for work in works:
                fetches.start_soon(fetch, work, cast(Locator, work.item.locator))

    async def _stage(self, step: Callable[[Work], Awaitable[None]], inbox: Inbox, outbox: Outbox | None) -> None:
        """Take each work through one step and pass it on, unless its picture fails there."""
        async with inbox, outbox or nullcontext():
            async for work in inbox:
                try:
                    await step(work)
                except PictureError as error:
                    await self._fail(work, error.code, error.detail)
                else:
                    if outbox is not None:
                        await outbox.send(work)

    async def _decode(self, work: Work) -> None:
        with work.timed("decode"):
            work.decoded = await to_thread.run_sync(self._decoders.decode, work.source)
        work.source = b""
        work.share.resize(work.decoded.source.size + work.decoded.planes.size)

    async def _infer(self, inbox: Inbox, outbox: Outbox) -> None:
        """Collect pictures of one shape into minibatches: full ones as they come, the rest when nothing else does."""
        held: dict[tuple[int, ...], list[Work]] = {}
        async with inbox, outbox:
            async for work in inbox:
                held.setdefault(work.picture.network_input.shape, []).append(work)
                while held:
                    largest = max(held, key=lambda shape: len(held[shape]))
                    if len(held[largest]) < self._colorizers.minibatch and _held_bytes(held) <= self._room.idle_bytes:
                        break
                    await self._forward(held.pop(largest), outbox)
            for group in held.values():
                await self._forward(group, outbox)

    async def _forward(self, group: list[Work], outbox: Outbox) -> None:
        start = time.perf_counter()
        planes = [work.picture.network_input for work in group]
        options = self._job.options
        model, hints = options.model or "", colorizer_hints(options.hints)
        chroma = await to_thread.run_sync(self._colorizers.infer, model, planes, options.vividness, hints)
        each = round(_milliseconds_since(start) / len(group), 1)
        for work, colors in zip(group, chroma, strict=True):
            work.timings_ms["infer"] = each
            if colors.ndim == 3 and len(colors) == 2 and np.isfinite(colors).all():
                work.chroma = colors
                await outbox.send(work)
            else:
                await self._fail(work, "colorizer_failed", "The colorizer gave no usable colors for this picture.")

    async def _compose(self, work: Work) -> None:
        assert work.chroma is not None, "infer comes first"
        with work.timed("compose"):
            composed = await to_thread.run_sync(
                self._decoders.compose, work.picture, work.chroma, self._compose_options
            )
        work.close()
        work.composed = composed
        work.share.resize(len(composed.data))

    async def _put(self, work: Work) -> None:
        composed = work.composed
        assert composed is not None, "compose comes first"
        key = result_key(self._job.id, work.item.index, self._token, extension_of(composed.media_type))
        with work.timed("put"):
            await self._storage.put(key, composed.data, composed.media_type)
        checkpoint = self._compose_options.provenance.checkpoint_sha256
        result = await to_thread.run_sync(_result, key, composed, checkpoint)
        done = {"state": ItemState.SUCCEEDED, "results": [result], "timings_ms": work.timings_ms}
        work.close()
        await self._finish(work.place, work.item.model_copy(update=done))


def _result(key: str, composed: ComposedPicture, checkpoint: str) -> Result:
    return Result(
        key=key,
        bytes=len(composed.data),
        sha256=hashlib.sha256(composed.data).hexdigest(),
        crc32=zlib.crc32(composed.data),
        width=composed.width,
        height=composed.height,
        media_type=composed.media_type,
        checkpoint=checkpoint,
    )


def _milliseconds_since(start: float) -> float:
    return round((time.perf_counter() - start) * 1000, 1)


def _held_bytes(held: dict[tuple[int, ...], list[Work]]) -> int:
    return sum(work.share.size for group in held.values() for work in group)
