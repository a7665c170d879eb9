"""Lists, and the reconciler's searches, come from an index: among thousands of others only what matches is read."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from shared.chunks.documents import Chunk
from shared.chunks.leases import ChunkLeases
from shared.chunks.store import ChunkStore
from shared.clock import utc_now
from shared.documents import Lease
from shared.ids import new_job_id
from shared.jobs.documents import Job
from shared.jobs.sharing import SharedSources
from shared.jobs.store import JobStore
from shared.lifecycle import ChunkState, JobState
from shared.mongo import Database
from shared.submissions.store import SubmissionStore
from shared.uploads.store import UploadStore
from tests.shared.test_hot_path import WatchedDatabase

pytestmark = pytest.mark.anyio

ENDED = 500
LIST = "a list of jobs"
Search = Callable[[Any], Any]

SEARCHES: dict[str, tuple[str, Search]] = {
    LIST: ("jobs", lambda db: JobStore(db).page("museum", state=None, after=None, limit=21)),
    "those in a state": ("jobs", lambda db: JobStore(db).page("museum", state=JobState.RUNNING, after=None, limit=21)),
    "those with a label": (
        "jobs",
        lambda db: JobStore(db, "museum").page(state=None, after=None, limit=2, labels=["x"]),
    ),
    "unfinished jobs": ("jobs", lambda db: JobStore(db).in_state(JobState.QUEUED, JobState.RUNNING)),
    "those that share a source": ("jobs", lambda db: SharedSources(db).is_shared("job_a")),
    "those with items to copy": ("jobs", lambda db: SharedSources(db).has_unread_items("job_a", "job_b")),
    "expired leases": ("chunks", lambda db: ChunkLeases(db).expired()),
    "chunks that wait": ("chunks", lambda db: ChunkStore(db).waiting()),
    "chunks that were not sent": ("chunks", lambda db: ChunkStore(db).unsent("job_a", 4)),
    "stalled submissions": ("uploads", lambda db: SubmissionStore(db).untouched_since(utc_now() - timedelta(hours=1))),
    "expired uploads": ("part_uploads", lambda db: UploadStore(db).expired(utc_now())),
}


class Watched(WatchedDatabase):
    async def command(self, name: str) -> Any:
        return await self._database.command(name)


@pytest.fixture
async def burst(database: Database, make_job: Callable[..., Job], make_chunk: Callable[..., Chunk]) -> None:
    """Jobs of one second, all ended, each with a chunk that is done, and one that a worker still holds."""
    jobs = [make_job(id=new_job_id(), state=JobState.SUCCEEDED) for _ in range(ENDED)]
    lease = Lease(token="mine", worker="worker", expires_at=utc_now() + timedelta(hours=1))
    states = {0: {"state": ChunkState.DONE}, 1: {"state": ChunkState.LEASED, "lease": lease}}
    chunks = [make_chunk(job=job.id, no=no).model_copy(update=states[no]) for job in jobs for no in states]
    await database["jobs"].insert_many([job.to_mongo() for job in jobs])
    await database["chunks"].insert_many([chunk.to_mongo() for chunk in chunks])


@pytest.mark.parametrize("name", SEARCHES)
async def test_a_search_uses_an_index(database: Database, burst: None, name: str) -> None:
    collection, search = SEARCHES[name]
    watched = Watched(database)

    await _all(search(watched))

    finds = [criteria for method, criteria in watched.calls if method == "find"]
    assert finds
    for criteria in finds:
        explained = await database[collection].find(criteria).explain()
        stages = _stages(explained["queryPlanner"]["winningPlan"])
        assert "IXSCAN" in stages, (criteria, explained["queryPlanner"]["winningPlan"])
        if name != LIST:  # It matches every job.
            assert explained["executionStats"]["totalDocsExamined"] < ENDED / 10, criteria


async def _all(matches: Awaitable[object] | AsyncIterator[object]) -> None:
    if isinstance(matches, AsyncIterator):
        async for _ in matches:
            pass
    else:
        await matches


def _stages(plan: dict[str, Any]) -> list[str]:
    return [plan["stage"], *(_stages(plan["inputStage"]) if "inputStage" in plan else [])]
