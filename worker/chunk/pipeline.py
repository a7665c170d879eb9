"""The pipeline of a chunk: fetch ‖ decode ‖ infer ‖ compose and encode ‖ put overlap, so the device waits for nobody.

Stages are tasks of one event loop, joined by bounded streams; what blocks runs in threads. A picture that cannot be
colorized leaves as a failed item and the others go on; whatever else goes wrong ends the pipeline.
"""

import hashlib
import time
import zlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace

import anyio
import numpy as np
from anyio import to_thread

from shared.chunks.documents import Item, Result
from shared.documents import Failure
from shared.jobs.documents import Job
from shared.lifecycle import ItemState
from shared.members import extension_of
from shared.storage.buckets import Buckets
from shared.storage.keys import result_key
from shared.storage.protocol import ObjectStorage
from worker.chunk.draws import draws_of, prompt_of
from worker.chunk.fetching import ObjectFetcher, fetch_indexed, fetch_listed
from worker.chunk.hints import colorizer_hints
from worker.chunk.memory_budget import Room, Share
from worker.chunk.stages import Inbox, Outbox, Work, milliseconds_since
from worker.colorizer import Draw
from worker.imaging import ComposeOptions, PictureError, Provenance
from worker.leasing.patience import PatientStorage
from worker.models.inference import Colorizers
from worker.sandbox import ComposedPicture, DecoderPool

# Pictures that may wait between two stages, beside those being worked on.
WAITING = 2
PUTS_AT_ONCE = 4

Finish = Callable[[int, Item], Awaitable[None]]


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
        self._provenance = provenance
        self._draws = draws_of(job.options)

    async def run(self, items: Sequence[tuple[int, Item]]) -> None:
        """Work through `items`, given with their places in the chunk; `finish` gets each as soon as it is finished."""
        works = [Work(place, item, Share(self._room)) for place, item in items]
        fetched = anyio.create_memory_object_stream[Work](WAITING)
        decoded = anyio.create_memory_object_stream[Work](WAITING)
        inferred = anyio.create_memory_object_stream[Work](WAITING)
        composed = anyio.create_memory_object_stream[Work](WAITING)
        try:
            async with anyio.create_task_group() as stages:
                stages.start_soon(self._fetch, works, fetched[0])
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
        if self._job.listing is not None:
            await fetch_listed(self._fetcher, works, outbox, self._fail)
        else:
            await fetch_indexed(self._storage, works, outbox, self._fail)

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
        work.weigh()

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
        told = options.model or "", planes, options.vividness, colorizer_hints(options.hints)
        drawn = [await to_thread.run_sync(self._colorizers.infer, *told, draw) for draw in self._draws]
        each = round(milliseconds_since(start) / len(group), 1)
        for work, *chromas in zip(group, *drawn, strict=True):
            work.timings_ms["infer"] = each
            if all(colors.ndim == 3 and len(colors) == 2 and np.isfinite(colors).all() for colors in chromas):
                work.chromas = chromas
                work.weigh()
                await outbox.send(work)
            else:
                await self._fail(work, "colorizer_failed", "The colorizer gave no usable colors for this picture.")

    async def _compose(self, work: Work) -> None:
        """Every variant. All but the last are stored here, each before the next is composed: two full-size results of a
        picture are never held at once.
        """
        for draw, chroma in zip(self._draws, work.chromas, strict=True):
            if work.composed is not None:
                await self._store(work)
            options = self._compose_options(draw)
            with work.timed("compose"):
                work.composed = await to_thread.run_sync(self._decoders.compose, work.picture, chroma, options)
            work.weigh()
        work.close_picture()

    def _compose_options(self, draw: Draw) -> ComposeOptions:
        options = self._job.options
        provenance = replace(self._provenance, prompt=prompt_of(options, draw))
        return ComposeOptions(provenance, options.format.value, options.quality)

    async def _put(self, work: Work) -> None:
        await self._store(work)
        done = {"state": ItemState.SUCCEEDED, "results": work.results, "timings_ms": work.timings_ms}
        work.close()
        await self._finish(work.place, work.item.model_copy(update=done))

    async def _store(self, work: Work) -> None:
        """Should the picture fail after this, what was stored of it is nobody's, and goes when its job is deleted."""
        composed = work.composed
        assert composed is not None, "compose comes first"
        draw = self._draws[len(work.results)]
        extension = extension_of(composed.media_type)
        key = result_key(self._job.id, work.item.index, draw.variant, self._token, extension)
        with work.timed("put"):
            await self._storage.put(key, composed.data, composed.media_type)
        work.results.append(await to_thread.run_sync(_result, key, draw, composed, self._provenance.checkpoint_sha256))
        work.composed = None


def _result(key: str, draw: Draw, composed: ComposedPicture, checkpoint: str) -> Result:
    return Result(
        variant=draw.variant,
        seed=draw.seed,
        key=key,
        bytes=len(composed.data),
        sha256=hashlib.sha256(composed.data).hexdigest(),
        crc32=zlib.crc32(composed.data),
        width=composed.width,
        height=composed.height,
        media_type=composed.media_type,
        checkpoint=checkpoint,
    )


def _held_bytes(held: dict[tuple[int, ...], list[Work]]) -> int:
    return sum(work.share.size for group in held.values() for work in group)
