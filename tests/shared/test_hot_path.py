"""Everything that is done for every chunk and every message touches one document, by its id.

SecantusDB reads the whole collection for a findAndModify and for an operator like `$expr` or `$or` in a filter.
"""

from collections.abc import Callable
from typing import Any

import pytest

from shared.chunks.documents import Chunk, counts_with
from shared.chunks.leases import ChunkLeases
from shared.chunks.store import ChunkStore
from shared.jobs.documents import Job, JobKind, Totals
from shared.jobs.expansion import Expansions
from shared.jobs.store import JobStore
from shared.lifecycle import Counts, JobState
from shared.mongo import Database

pytestmark = pytest.mark.anyio


class WatchedDatabase:
    """Passes every call to the real collection and records its method and filter."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getitem__(self, name: str) -> "WatchedCollection":
        return WatchedCollection(self._database[name], self.calls)

    def calls_without_an_id(self) -> list[tuple[str, dict[str, Any]]]:
        """The calls that do not select one document by its id."""
        return [
            (method, criteria)
            for method, criteria in self.calls
            if method not in ("find_one", "update_one")
            or next(iter(criteria)) != "_id"
            or any(name.startswith("$") for name in criteria)
        ]


class WatchedCollection:
    def __init__(self, collection: Any, calls: list[tuple[str, dict[str, Any]]]) -> None:
        self._collection = collection
        self._calls = calls

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def noted(criteria: dict[str, Any], *rest: Any, **options: Any) -> Any:
            self._calls.append((method, criteria))
            return getattr(self._collection, method)(criteria, *rest, **options)

        return noted


@pytest.fixture
def watched(database: Database) -> WatchedDatabase:
    return WatchedDatabase(database)


async def test_a_chunk_is_updated_by_its_id_only(
    watched: WatchedDatabase, chunks: ChunkStore, make_chunk: Callable[..., Chunk]
) -> None:
    chunk = make_chunk()
    await chunks.insert([chunk])
    store, leases = ChunkStore(watched), ChunkLeases(watched)  # type: ignore[arg-type]

    await store.mark_dispatched(chunk.id)
    assert await leases.claim(chunk.job, 0, "mine", "worker", 60)
    assert await leases.renew(chunk.id, "mine", 60)
    assert await leases.mark_suspect(chunk.id, "mine", 0, 1)
    assert await leases.record(chunk.id, "mine", {0: chunk.items[0]}, counts_with(chunk, {}))
    assert await leases.hand_back(chunk.id, "mine")
    assert await leases.claim(chunk.job, 0, "mine", "worker", 0)
    assert await leases.release_expired(chunk.id)

    assert len(watched.calls) == 10
    assert watched.calls_without_an_id() == []


async def test_a_job_is_updated_by_its_id_only(
    watched: WatchedDatabase, jobs: JobStore, make_job: Callable[..., Job]
) -> None:
    job, single = make_job(), make_job(kind=JobKind.SINGLE)
    await jobs.insert(job)
    await jobs.insert(single)
    store, expansions = JobStore(watched), Expansions(watched)  # type: ignore[arg-type]

    await store.mark_sent(job.id)
    assert await expansions.claim_expansion(job.id, "mine", "ingest", 0)
    assert await expansions.release_expansion(job.id)
    assert await expansions.claim_expansion(job.id, "mine", "ingest", 60)
    assert await expansions.renew_expansion(job.id, "mine", 60)
    sealed = await expansions.seal(job.id, "mine", chunks=2, totals=Totals(items=8, bytes=8), settled=Counts())
    assert sealed
    assert await store.advance(job.id) == 0
    await store.add_progress(job.id, 1, Counts(succeeded=1))
    assert await store.settle(sealed, JobState.SUCCEEDED, Counts(succeeded=8), None)
    assert await store.start_single(single.id, 1)
    assert await store.cancel(single.id)

    assert watched.calls_without_an_id() == []
