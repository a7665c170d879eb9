"""The chunks of a job, for those who have the job: whoever could read it may read them, so they have no owner of their
own.
"""

from collections.abc import AsyncIterator, Sequence

from shared.chunks.documents import Chunk, Item, Judgment, ResultSums
from shared.chunks.store import ChunkStore
from shared.jobs.documents import Job
from shared.verdicts import Verdict


class JobChunks:
    """All methods raise StoreUnavailable if the store does not respond."""

    def __init__(self, chunks: ChunkStore) -> None:
        self._chunks = chunks

    async def insert(self, chunks: Sequence[Chunk]) -> None:
        """The chunks of a job that is about to be inserted."""
        await self._chunks.insert(list(chunks))

    async def remove(self, submission_id: str) -> None:
        """Remove what was inserted for a job that was not. Idempotent."""
        await self._chunks.remove(submission_id)

    async def get(self, job: Job, no: int) -> Chunk | None:
        return await self._chunks.get(job.id, no)

    async def judge(self, chunk: Chunk, item: Item, judgment: Judgment | None) -> bool:
        """As `ChunkStore.judge`."""
        return await self._chunks.judge(chunk, item, judgment)

    def in_order(
        self,
        job: Job,
        *,
        first: int = 0,
        stop: int | None = None,
        having: str | None = None,
        verdict: Verdict | None = None,
    ) -> AsyncIterator[Chunk]:
        """As `ChunkStore.in_order`."""
        return self._chunks.in_order(job.id, first=first, stop=stop, having=having, verdict=verdict)

    def items(self, job: Job, indexes: Sequence[int] | None) -> AsyncIterator[Item]:
        """As `ChunkStore.items`."""
        return self._chunks.items(job.id, job.chunk_items, indexes)

    def sums(self, job: Job) -> AsyncIterator[ResultSums | None]:
        """As `ChunkStore.sums`."""
        return self._chunks.sums(job.id)
