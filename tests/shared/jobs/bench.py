"""A job on the real stores, and what a worker would do with it."""

from collections.abc import Callable
from dataclasses import dataclass

from shared.chunks.documents import Chunk, Item, counts_with
from shared.jobs.documents import Job, Totals
from shared.lifecycle import Counts, ItemState
from shared.stores import Stores


@dataclass(frozen=True)
class Bench:
    stores: Stores
    make_job: Callable[..., Job]
    make_chunk: Callable[..., Chunk]

    async def sealed(self, chunks: int, skipped: frozenset[int] = frozenset()) -> Job:
        """A running job of one-item chunks. Those in `skipped` have no work to do."""
        job = self.make_job()
        made = [self._chunk(job, no, ItemState.SKIPPED if no in skipped else ItemState.PENDING) for no in range(chunks)]
        await self.stores.jobs.insert(job)
        await self.stores.expansions.claim_expansion(job.id, "expander", "ingest", 60)
        await self.stores.chunks.insert(made)
        totals, settled = Totals(items=chunks, bytes=chunks), Counts(skipped=len(skipped))
        sealed = await self.stores.expansions.seal(job.id, "expander", chunks=chunks, totals=totals, settled=settled)
        assert sealed is not None
        return sealed

    def _chunk(self, job: Job, no: int, state: ItemState) -> Chunk:
        item = Item(index=no, name=f"{no}", member=f"{no}", locator={"offset": no}, state=state)
        return self.make_chunk(job=job.id, no=no, items=[item])

    async def claim(self, job: Job, no: int, token: str = "mine") -> Chunk:
        chunk = await self.stores.leases.claim(job.id, no, token, "worker", 60)
        assert chunk is not None
        return chunk

    async def finish(self, job: Job, no: int, outcome: ItemState = ItemState.SUCCEEDED) -> None:
        chunk = await self.claim(job, no)
        finished = {0: chunk.items[0].model_copy(update={"state": outcome})}
        assert await self.stores.leases.record(chunk.id, "mine", finished, counts_with(chunk, finished))

    async def ended(self, job: Job) -> Job:
        after = await self.stores.jobs.get(job.id)
        assert after is not None
        return after
