"""A stand-in for the workers: it processes jobs through the same stores, without pictures or a colorizer."""

import hashlib
import zlib
from dataclasses import dataclass

from shared.archives.entries import whole_object
from shared.archives.names import MemberNames
from shared.chunks.documents import Item, Previews, Result, counts_with, new_chunk, sums_with
from shared.documents import Failure
from shared.ids import new_lease_token
from shared.jobs.documents import Job, Totals
from shared.jobs.totals import totals_with
from shared.lifecycle import Counts, ItemState
from shared.queue import Queue
from shared.storage.keys import preview_key, result_key
from shared.stores import Stores
from tests.api.stage import Stage

EXTENSIONS = {"image/jpeg": ".jpg", "image/png": ".png"}
CHECKPOINT = "c" * 64


@dataclass
class Worker:
    """Its results are any bytes: the given ones for the first variant, for others the same with a number appended."""

    stage: Stage
    makes_previews: bool = False

    @property
    def _stores(self) -> Stores:
        return Stores.over(self.stage.gateway.database)

    def finish_single(self, job_id: str, content: bytes = b"colored") -> None:
        self.stage.portal.call(self._finish_single, job_id, content, None)

    def fail_single(self, job_id: str, error: Failure) -> None:
        self.stage.portal.call(self._finish_single, job_id, b"", error)

    def start_single(self, job_id: str) -> None:
        self.stage.portal.call(self.stage.gateway.jobs.start_single, job_id, 1)

    def claim_expansion(self, job_id: str) -> str:
        """Returns the token of the lease."""
        token = new_lease_token()
        self.stage.portal.call(self._stores.expansions.claim_expansion, job_id, token, "stand-in", 60)
        return token

    def fail_expansion(self, job_id: str, error: Failure) -> None:
        token = self.claim_expansion(job_id)
        self.stage.portal.call(self._stores.expansions.fail_expansion, job_id, token, error)

    def expand(self, job_id: str, items: list[Item]) -> None:
        self.stage.portal.call(self._expand, job_id, items)

    def expand_again(self, job_id: str) -> None:
        """Open the chunks of a retried job again."""
        self.stage.portal.call(self._expand_again, job_id)

    def work(self, job_id: str, results: dict[int, bytes | Failure], media_type: str = "image/jpeg") -> None:
        """Finish these items by their index, and the job when they were the last."""
        self.stage.portal.call(self._work, job_id, results, media_type)

    async def _finish_single(self, job_id: str, content: bytes, error: Failure | None) -> None:
        await self.stage.gateway.jobs.start_single(job_id, 1)
        await self._work(job_id, {0: error or content}, "image/jpeg")

    async def _expand(self, job_id: str, items: list[Item]) -> None:
        expansions, chunks, token = self._stores.expansions, self.stage.gateway.chunks, new_lease_token()
        job = await expansions.claim_expansion(job_id, token, "stand-in", 60)
        assert job is not None
        size = job.chunk_items
        parts = [items[first : first + size] for first in range(0, len(items), size)]
        await chunks.insert([new_chunk(job_id, no, Queue.BULK, part) for no, part in enumerate(parts)])
        skipped = sum(item.state is ItemState.SKIPPED for item in items)
        failed = sum(item.state is ItemState.FAILED for item in items)
        totals = totals_with(Totals(items=0, bytes=0), items)
        settled = Counts(skipped=skipped, failed=failed)
        await expansions.seal(job_id, token, chunks=len(parts), totals=totals, settled=settled)
        while await self.stage.gateway.job_service.dispatcher.send_next(job_id):
            pass

    async def _expand_again(self, job_id: str) -> None:
        expansions, chunks, token = self._stores.expansions, self.stage.gateway.chunks, new_lease_token()
        job = await expansions.claim_expansion(job_id, token, "stand-in", 60)
        assert job is not None
        assert job.totals is not None
        opened = [await chunks.reopen(job_id, no, job.run) for no in range(job.chunks or 0)]
        settled = sum((chunk.counts for chunk in opened if chunk), Counts()).model_copy(update={"pending": 0})
        order = list(range(len(opened)))
        await expansions.seal(job_id, token, chunks=len(opened), totals=job.totals, settled=settled, order=order)

    async def _work(self, job_id: str, results: dict[int, bytes | Failure], media_type: str) -> None:
        job = await self.stage.gateway.jobs.get(job_id)
        assert job is not None
        by_chunk: dict[int, dict[int, bytes | Failure]] = {}
        for index, outcome in results.items():
            by_chunk.setdefault(index // job.chunk_items, {})[index] = outcome
        for no, outcomes in by_chunk.items():
            await self._work_chunk(job, no, outcomes, media_type)
        await self.stage.gateway.job_service.settle(job_id)

    async def _work_chunk(self, job: Job, no: int, outcomes: dict[int, bytes | Failure], media_type: str) -> None:
        leases, token = self._stores.leases, new_lease_token()
        chunk = await leases.claim(job.id, no, token, "stand-in", 60)
        assert chunk is not None
        finished = {}
        for index, outcome in outcomes.items():
            place = index - chunk.items[0].index
            finished[place] = await self._outcome(job, chunk.items[place], outcome, token, media_type)
        counts = counts_with(chunk, finished)
        assert await leases.record(chunk.id, token, finished, counts, sums_with(chunk, finished))
        succeeded = [item.index for item in finished.values() if item.state is ItemState.SUCCEEDED]
        recorded = Counts(succeeded=len(succeeded), failed=len(finished) - len(succeeded))
        size = sum(result.bytes for item in finished.values() for result in item.results)
        await self.stage.gateway.jobs.add_progress(job.id, job.run, recorded, size, succeeded)
        await leases.hand_back(chunk.id, token)

    async def _outcome(self, job: Job, item: Item, outcome: bytes | Failure, token: str, media_type: str) -> Item:
        if isinstance(outcome, Failure):
            return item.model_copy(update={"state": ItemState.FAILED, "error": outcome})
        contents = [outcome, *(outcome + b"%d" % variant for variant in range(2, job.options.variants + 1))]
        results = []
        for variant, content in enumerate(contents, 1):
            key = result_key(job.id, item.index, variant, token, EXTENSIONS[media_type])
            await self.stage.gateway.storage.put(key, content, media_type)
            results.append(result_of(job, variant, key, content, media_type))
        previews = await self._previews(job, item, token) if self.makes_previews else None
        timings = {"fetch": 1.0, "infer": 2.5}
        succeeded = {"state": ItemState.SUCCEEDED, "results": results, "previews": previews, "timings_ms": timings}
        return item.model_copy(update=succeeded)

    async def _previews(self, job: Job, item: Item, token: str) -> Previews:
        kinds = ("source", "result")
        keys = {kind: preview_key(job.id, item.index, kind, token) for kind in kinds}
        for kind, key in keys.items():
            await self.stage.gateway.storage.put(key, kind.encode(), "image/webp")
        return Previews.model_validate({kind: {"key": keys[kind], "bytes": len(kind)} for kind in kinds})


def result_of(job: Job, variant: int, key: str, content: bytes, media_type: str) -> Result:
    return Result(
        variant=variant,
        seed=job.options.seed,
        key=key,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        crc32=zlib.crc32(content),
        width=64,
        height=48,
        media_type=media_type,
        checkpoint=CHECKPOINT,
    )


def items_named(*names: str) -> list[Item]:
    """Pending items without a real source."""
    members = MemberNames()
    return [
        Item(
            index=index,
            name=name,
            member=members.assign(name, index),
            locator=dict(whole_object("jobs/nowhere", 1)),
        )
        for index, name in enumerate(names)
    ]


def skipped_item(index: int, name: str) -> Item:
    reason = Failure(code="not_an_image", detail="No picture, by its name.")
    return Item(index=index, name=name, member=name, locator=None, state=ItemState.SKIPPED, error=reason)
