"""A migrated database, empty at the start of every test, and the stores over it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest

from shared.chunks.documents import Chunk, Item, new_chunk
from shared.chunks.leases import ChunkLeases
from shared.chunks.store import ChunkStore
from shared.clock import utc_now
from shared.jobs.dispatch import Dispatcher
from shared.jobs.documents import Job, JobKind, Source
from shared.jobs.expansion import Expansions
from shared.jobs.options import Options
from shared.jobs.service import JobService
from shared.jobs.store import JobStore
from shared.mongo import Database, open_database
from shared.queue import Queue, TaskName
from shared.settings import MongoSettings
from shared.stores import Stores
from tests.fixtures.databases import new_database


@pytest.fixture
def anyio_backend() -> str:
    """Motor speaks asyncio only."""
    return "asyncio"


@pytest.fixture(scope="session")
def migrated(mongo_url: str) -> MongoSettings:
    return new_database(mongo_url)


@pytest.fixture
async def database(migrated: MongoSettings) -> AsyncIterator[Database]:
    async with open_database(migrated) as database:
        yield database
        for name in ("jobs", "chunks", "uploads", "part_uploads", "deliveries"):
            await database[name].delete_many({})


@pytest.fixture
def stores(database: Database) -> Stores:
    return Stores.over(database)


@pytest.fixture
def jobs(stores: Stores) -> JobStore:
    return stores.jobs


@pytest.fixture
def expansions(stores: Stores) -> Expansions:
    return stores.expansions


@pytest.fixture
def chunks(stores: Stores) -> ChunkStore:
    return stores.chunks


@pytest.fixture
def leases(stores: Stores) -> ChunkLeases:
    return stores.leases


@dataclass
class NotedQueue:
    """Replaces Redis where a test checks what was sent; test_queue.py has the real one."""

    sent: list[tuple[TaskName, Queue, tuple[str | int, ...]]] = field(default_factory=list)
    away: bool = False

    async def send(self, task: TaskName, queue: Queue, *args: str | int) -> bool:
        self.sent.append((task, queue, args))
        return not self.away

    @property
    def sent_numbers(self) -> list[str | int]:
        return [args[1] for task, _, args in self.sent if task is TaskName.CHUNK_COLORIZE]


@pytest.fixture
def noted() -> NotedQueue:
    return NotedQueue()


@pytest.fixture
def dispatcher(jobs: JobStore, chunks: ChunkStore, noted: NotedQueue) -> Dispatcher:
    return Dispatcher(jobs, chunks, noted)  # type: ignore[arg-type]


@pytest.fixture
def job_service(jobs: JobStore, chunks: ChunkStore, leases: ChunkLeases, dispatcher: Dispatcher) -> JobService:
    return JobService(jobs, chunks, leases, dispatcher)


@pytest.fixture
def make_job() -> Callable[..., Job]:
    def make(kind: JobKind = JobKind.BULK, **fields: object) -> Job:
        source = Source(key="jobs/x/source", filename="x", media_type="application/zip", bytes=1, sha256="0" * 64)
        return Job.model_validate(
            {
                "owner": "museum",
                "kind": kind,
                "source": source,
                "options": Options(),
                "chunk_items": 4,
                "created_at": utc_now(),
                **fields,
            }
        )

    return make


def pending_items(count: int = 4, first: int = 0) -> list[Item]:
    return [
        Item(index=index, name=f"{index}.jpg", member=f"{index}.jpg", locator={"offset": index})
        for index in range(first, first + count)
    ]


@pytest.fixture
def make_chunk() -> Callable[..., Chunk]:
    def make(job: str = "job_a", no: int = 0, items: list[Item] | None = None) -> Chunk:
        return new_chunk(job, no, Queue.BULK, pending_items(first=4 * no) if items is None else items)

    return make
