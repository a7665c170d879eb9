"""Jobs in the store, in the state that a test needs."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from shared.chunks.documents import Chunk
from shared.jobs.documents import Job, Totals
from shared.jobs.expansion import Expansions
from shared.jobs.store import JobStore
from shared.lifecycle import Counts
from shared.stores import Stores
from tests.shared.jobs.bench import Bench

LONG = 60.0


@dataclass(frozen=True)
class Maker:
    jobs: JobStore
    expansions: Expansions
    make_job: Callable[..., Job]

    async def inserted(self, **fields: object) -> Job:
        job = self.make_job(**fields)
        await self.jobs.insert(job)
        return job

    async def expanding(self, seconds: float = LONG) -> Job:
        job = await self.inserted()
        claimed = await self.expansions.claim_expansion(job.id, "mine", "ingest-1", seconds)
        assert claimed is not None
        return claimed

    async def seal(self, job: Job, token: str = "mine", chunks: int = 10) -> Job | None:
        totals = Totals(items=4 * chunks, bytes=1000)
        return await self.expansions.seal(job.id, token, chunks=chunks, totals=totals, settled=Counts(skipped=1))

    async def running(self, chunks: int = 10) -> Job:
        sealed = await self.seal(await self.expanding(), chunks=chunks)
        assert sealed is not None
        return sealed


@pytest.fixture
def maker(jobs: JobStore, expansions: Expansions, make_job: Callable[..., Job]) -> Maker:
    return Maker(jobs, expansions, make_job)


@pytest.fixture
def bench(stores: Stores, make_job: Callable[..., Job], make_chunk: Callable[..., Chunk]) -> Bench:
    return Bench(stores, make_job, make_chunk)
