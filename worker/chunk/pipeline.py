"""The pipeline of a chunk. Its stages overlap, so that the device never waits: fetch, decode, infer, compose, put.

Each stage is a task (or several) of one event loop, joined to the next by a bounded stream; blocking calls run in
threads. A picture that cannot be colorized leaves as a failed item, and the others go on; any other error ends the
pipeline.
"""

import hashlib
import time
import zlib
from collections.abc import Awaitable, Callable, Sequence

import anyio
import numpy as np
from anyio import to_thread

from shared.chunks.documents import Item, Preview, Previews, Result
from shared.documents import Failure, Note
from shared.jobs.documents import Job
from shared.lifecycle import ItemState
from shared.members import extension_of
from shared.storage.buckets import Buckets
from shared.storage.keys import preview_key, result_key
from shared.storage.protocol import ObjectStorage
from worker.chunk.fetching import ObjectFetcher, fetch_indexed, fetch_listed
from worker.chunk.memory_budget import MemoryBudget, Reservation
from worker.chunk.minibatches import Minibatches
from worker.chunk.request import VariantRequest
from worker.chunk.result_limits import ResultAllowance, ResultLimits
from worker.chunk.stages import Composed, Decoded, Fetched, Inbox, Inferred, Outbox, WorkItem, milliseconds_since
from worker.imaging import NOTES, PictureError
from worker.leasing.retrying import RetryingStorage
from worker.models.inference import Colorizers, FloatArray
from worker.sandbox import ComposedPicture, DecoderPool

# Pictures that may wait between two stages, in addition to those that the stages are working on.
STREAM_CAPACITY = 2
CONCURRENT_PUTS = 4
PREVIEW_MEDIA_TYPE = "image/webp"

Finish = Callable[[int, Item], Awaitable[None]]


class Pipeline:
    """Takes items of one chunk through the stages, under one lease."""

    def __init__(
        self,
        *,
        storage: ObjectStorage,
        buckets: Buckets,
        decoders: DecoderPool,
        colorizers: Colorizers,
        job: Job,
        variants: Sequence[VariantRequest],
        token: str,
        budget: MemoryBudget,
        finish: Finish,
        allowance: ResultAllowance | None = None,
    ) -> None:
        self._storage = RetryingStorage(storage)
        self._fetcher = ObjectFetcher(buckets)
        self._decoders = decoders
        self._colorizers = colorizers
        self._job = job
        self._variants = variants
        self._token = token
        self._budget = budget
        self._allowance = allowance or ResultAllowance(ResultLimits().of(job), job.result_bytes)
        self._finish = finish

    async def run(self, items: Sequence[tuple[int, Item]]) -> None:
        """Process `items`, given with their places in the chunk; `finish` receives each one as soon as it is done."""
        works = [WorkItem(place=place, item=item, reservation=Reservation(self._budget)) for place, item in items]
        fetched = anyio.create_memory_object_stream[Fetched](STREAM_CAPACITY)
        decoded = anyio.create_memory_object_stream[Decoded](STREAM_CAPACITY)
        inferred = anyio.create_memory_object_stream[Inferred](STREAM_CAPACITY)
        composed = anyio.create_memory_object_stream[Composed](STREAM_CAPACITY)
        try:
            async with anyio.create_task_group() as stages:
                stages.start_soon(self._fetch, works, fetched[0])
                for _ in range(self._decoders.children):
                    stages.start_soon(self._decode_all, fetched[1].clone(), decoded[0].clone())
                    stages.start_soon(self._compose_all, inferred[1].clone(), composed[0].clone())
                stages.start_soon(self._infer_all, decoded[1], inferred[0])
                for _ in range(CONCURRENT_PUTS):
                    stages.start_soon(self._put_all, composed[1].clone())
                for stream in (fetched[1], decoded[0], inferred[1], composed[0], composed[1]):
                    stream.close()  # Each stage has a clone of its own.
        finally:
            for work in works:
                work.close()

    async def _fail(self, work: WorkItem, code: str, detail: str) -> None:
        work.close()
        failure = Failure(code=code, detail=detail)
        await self._end(work, {"state": ItemState.FAILED, "error": failure})

    async def _end(self, work: WorkItem, outcome: dict[str, object]) -> None:
        ended = {**outcome, "notes": work.notes, "timings_ms": work.timings_ms}
        await self._finish(work.place, work.item.model_copy(update=ended))

    async def _fetch(self, works: list[WorkItem], outbox: Outbox[Fetched]) -> None:
        if self._job.listing is not None:
            await fetch_listed(self._fetcher, works, outbox, self._fail)
        else:
            await fetch_indexed(self._storage, works, outbox, self._fail)

    async def _decode_all(self, inbox: Inbox[Fetched], outbox: Outbox[Decoded]) -> None:
        async with inbox, outbox:
            async for fetched in inbox:
                work = fetched.work
                try:
                    decoded = await self._decode(fetched)
                except PictureError as error:
                    await self._fail(work, error.code, error.detail)
                    continue
                finally:
                    del fetched  # Otherwise its bytes would be kept until the next one arrives.
                await outbox.send(decoded)

    async def _decode(self, fetched: Fetched) -> Decoded:
        work = fetched.work
        with work.timed("decode"):
            picture = await to_thread.run_sync(self._decoders.decode, fetched.source)
        decoded = Decoded(work, work.picture_memory.enter_context(picture))
        work.source_preview = picture.preview
        work.notes = [Note(code=code, detail=NOTES[code]) for code in picture.facts.notes]
        work.reservation.resize(decoded.size)
        return decoded

    async def _infer_all(self, inbox: Inbox[Decoded], outbox: Outbox[Inferred]) -> None:
        """Run full minibatches as soon as there are any, the rest when no more pictures come."""
        waiting = Minibatches(self._colorizers, self._budget.idle_bytes)
        async with inbox, outbox:
            async for decoded in inbox:
                waiting.add(decoded)
                while group := waiting.pop_due():
                    await self._infer(group, outbox)
            for group in waiting.pop_rest():
                await self._infer(group, outbox)

    async def _infer(self, group: list[Decoded], outbox: Outbox[Inferred]) -> None:
        start = time.perf_counter()
        planes = [decoded.picture.network_input for decoded in group]
        colorings = [
            await to_thread.run_sync(self._colorizers.infer, variant.inference, planes) for variant in self._variants
        ]
        each = round(milliseconds_since(start) / len(group), 1)
        for decoded, *chromas in zip(group, *colorings, strict=True):
            work = decoded.work
            work.timings_ms["infer"] = each
            if all(map(_is_usable, chromas)):
                inferred = Inferred(work, decoded.picture, chromas)
                work.reservation.resize(inferred.size)
                await outbox.send(inferred)
            else:
                await self._fail(work, "colorizer_failed", "The colorizer returned no usable colors for this picture.")

    async def _compose_all(self, inbox: Inbox[Inferred], outbox: Outbox[Composed]) -> None:
        async with inbox, outbox:
            async for inferred in inbox:
                try:
                    for variant, chroma in zip(self._variants, inferred.chromas, strict=True):
                        await self._compose(inferred, variant, chroma, outbox)
                except PictureError as error:
                    await self._fail(inferred.work, error.code, error.detail)

    async def _compose(
        self, inferred: Inferred, variant: VariantRequest, chroma: FloatArray, outbox: Outbox[Composed]
    ) -> None:
        """Wait until the result is stored, unless it is the last one: the pipeline never holds two full-size results of
        a picture at once.
        """
        work = inferred.work
        with work.timed("compose"):
            result, record = await to_thread.run_sync(self._made, inferred, variant, chroma)
        self._allowance.take(len(result.data), len(self._variants) - self._variants.index(variant))
        composed = Composed(work, result, record, is_last=variant is self._variants[-1])
        if composed.is_last:
            work.picture_memory.close()
        work.reservation.resize(len(result.data) + (0 if composed.is_last else inferred.size))
        await outbox.send(composed)
        if not composed.is_last:
            await composed.stored.wait()

    def _made(self, inferred: Inferred, variant: VariantRequest, chroma: FloatArray) -> tuple[ComposedPicture, Result]:
        """The result, and its record for when it is stored. Blocks."""
        result = self._decoders.compose(inferred.picture, chroma, variant.compose)
        index, extension = inferred.work.item.index, extension_of(result.media_type)
        key = result_key(self._job.id, index, variant.draw.variant, self._token, extension)
        return result, _record_of(key, variant, result)

    async def _put_all(self, inbox: Inbox[Composed]) -> None:
        async with inbox:
            async for composed in inbox:
                work, is_last = composed.work, composed.is_last
                await self._put(composed)
                del composed  # Otherwise its bytes would be kept until the next one arrives.
                if is_last:
                    work.close()
                    results = {"results": work.results, "previews": work.previews}
                    await self._end(work, {"state": ItemState.SUCCEEDED, **results})

    async def _put(self, composed: Composed) -> None:
        """Store one variant. If a later one of the picture fails, this object is orphaned until its job is deleted."""
        work, result, record = composed.work, composed.result, composed.record
        with work.timed("put"):
            async with anyio.create_task_group() as puts:
                puts.start_soon(self._storage.put, record.key, result.data, result.media_type)
                if result.preview:
                    puts.start_soon(self._put_previews, work, result.preview)
        work.results.append(record)
        composed.stored.set()

    async def _put_previews(self, work: WorkItem, of_result: bytes) -> None:
        contents = {"source": work.source_preview, "result": of_result}
        previews = {
            kind: Preview(key=preview_key(self._job.id, work.item.index, kind, self._token), bytes=len(content))
            for kind, content in contents.items()
        }
        for kind, preview in previews.items():
            await self._storage.put(preview.key, contents[kind], PREVIEW_MEDIA_TYPE)
        work.previews = Previews(source=previews["source"], result=previews["result"])


def _is_usable(chroma: FloatArray) -> bool:
    return chroma.ndim == 3 and len(chroma) == 2 and bool(np.isfinite(chroma).all())


def _record_of(key: str, variant: VariantRequest, result: ComposedPicture) -> Result:
    return Result(
        variant=variant.draw.variant,
        seed=variant.draw.seed,
        key=key,
        bytes=len(result.data),
        sha256=hashlib.sha256(result.data).hexdigest(),
        crc32=zlib.crc32(result.data),
        width=result.width,
        height=result.height,
        media_type=result.media_type,
        checkpoint=variant.compose.provenance.checkpoint_sha256,
    )
