"""Why a job does not move, as far as its state, its chunks and the workers' heartbeats show."""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field

from shared.chunks.store import ChunkStore
from shared.errors import QueueUnavailable, StoreUnavailable
from shared.jobs.documents import Job, JobKind
from shared.lifecycle import ChunkState, JobState
from shared.liveness import Heartbeats, Workers
from shared.queue import Queue

QUEUE = "the queue"
TURN = "its turn"
# What a worker's call waits for, by the code of the server's error.
SERVERS = {
    "storage_full": "room on the disk",
    "storage_unavailable": "the object storage",
    "storage_refused": "access to the object storage",
    "store_unavailable": "the database",
}
# So that a poll costs neither a round trip to Redis nor another query each time.
FRESH_SECONDS = 1.0
# A Redis that hangs must not hold up polls.
PATIENCE_SECONDS = 0.5
MOST_JOBS = 1000

ByRole = dict[Queue, Workers]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Shared by all requests of a gateway."""

    chunks: ChunkStore
    heartbeats: Heartbeats
    _latest: "LatestWorkers" = field(default_factory=lambda: LatestWorkers())
    # Whether a worker had some of the job when this was last read, and when that was.
    _in_work: OrderedDict[str, tuple[float, bool]] = field(default_factory=OrderedDict)

    async def reason(self, job: Job) -> str | None:
        """What it waits for. None: a worker has some of it, or nothing needs a worker."""
        role = _role_of(job)
        if role is None:
            return None
        by_role = await self._latest.get(self.heartbeats)
        if by_role is None:
            return QUEUE
        if by_role[role].alive == 0:
            return f"a worker of role {role.value}"
        if server := next(filter(None, map(SERVERS.get, by_role[role].waits)), None):
            return server
        try:
            return None if await self._is_in_work(job) else TURN
        except StoreUnavailable:  # A job that has just been accepted must not be answered with an error.
            return SERVERS["store_unavailable"]

    async def _is_in_work(self, job: Job) -> bool:
        if job.state is not JobState.RUNNING:
            return job.state is JobState.EXPANDING
        read_at, is_in_work = self._in_work.get(job.id, (-FRESH_SECONDS, False))
        if time.monotonic() - read_at >= FRESH_SECONDS:
            is_in_work = await self.chunks.has_any(job.id, ChunkState.LEASED)
            self._in_work[job.id] = (time.monotonic(), is_in_work)
            self._in_work.move_to_end(job.id)
            if len(self._in_work) > MOST_JOBS:
                self._in_work.popitem(last=False)
        return is_in_work


@dataclass(slots=True)
class LatestWorkers:
    """The workers as of the last moment, and None while the queue does not respond."""

    _by_role: ByRole | None = None
    _read_at: float = float("-inf")
    _reading: asyncio.Task[ByRole] | None = None

    async def get(self, heartbeats: Heartbeats) -> ByRole | None:
        """In a task: a call that hangs in its thread is waited for briefly, and goes on."""
        if time.monotonic() - self._read_at >= FRESH_SECONDS:
            self._reading = self._reading or asyncio.create_task(heartbeats.workers())
            await asyncio.wait({self._reading}, timeout=PATIENCE_SECONDS)
            self._take()
        return self._by_role

    def _take(self) -> None:
        reading, self._by_role, self._read_at = self._reading, None, time.monotonic()
        if reading is not None and reading.done():
            self._reading = None
            if not isinstance(reading.exception(), QueueUnavailable):
                self._by_role = reading.result()


def _role_of(job: Job) -> Queue | None:
    """The role of the workers that the job needs next."""
    if job.state not in (JobState.QUEUED, JobState.EXPANDING, JobState.RUNNING):
        return None
    if job.kind is JobKind.SINGLE:
        return Queue.INTERACTIVE
    return Queue.BULK if job.state is JobState.RUNNING else Queue.INGEST
