"""Why a job does not move, as far as its state, its chunks and the workers' heartbeats show."""

import asyncio
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field

from shared.chunks.store import ChunkStore
from shared.errors import QueueUnavailable, StoreUnavailable
from shared.jobs.documents import Job, JobKind
from shared.lifecycle import ChunkState, JobState
from shared.liveness import Heartbeats, Workers
from shared.queue import Queue

QUEUE = "the queue"
TURN = "its turn"
SHARERS = "the jobs that share its source"
# What a worker's call waits for, by the code of the server's error.
SERVERS = {
    "storage_full": "room on the disk",
    "storage_unavailable": "the object storage",
    "storage_refused": "access to the object storage",
    "store_unavailable": "the database",
}
# What was read less than this ago is not read again.
FRESH_SECONDS = 1.0
# What was read less than this ago is good enough while it is read again.
USABLE_SECONDS = 5.0
# A Redis that hangs must not hold up polls.
PATIENCE_SECONDS = 0.5
MOST_JOBS = 1000

ByRole = dict[Queue, Workers]


@dataclass(frozen=True, slots=True)
class Look:
    """What was last known about a running job, when, and how many of its items were finished then."""

    at: float
    finished: int
    is_in_work: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """Shared by all requests of a gateway."""

    chunks: ChunkStore
    heartbeats: Heartbeats
    _latest: "LatestWorkers" = field(default_factory=lambda: LatestWorkers())
    _looks: OrderedDict[str, Look] = field(default_factory=OrderedDict)

    async def reason(self, job: Job) -> str | None:
        """What it waits for. None: a worker has some of it, or nothing needs a worker."""
        role = _role_of(job)
        if role is None:
            return SHARERS if job.held_since is not None else None
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

    async def has_worker(self, role: Queue) -> bool:
        """Whether a worker of this role is alive, or it is not known."""
        by_role = await self._latest.get(self.heartbeats)
        return by_role is None or by_role[role].alive > 0

    async def _is_in_work(self, job: Job) -> bool:
        if job.state is not JobState.RUNNING:
            return job.state is JobState.EXPANDING
        last, now = self._looks.get(job.id), time.monotonic()
        if last is not None and now - last.at < FRESH_SECONDS:
            return last.is_in_work
        # A job with an item that was finished a moment ago need not be looked for among the chunks.
        moves = last is not None and now - last.at < USABLE_SECONDS and job.progress.finished > last.finished
        is_in_work = moves or await self.chunks.has_any(job.id, ChunkState.LEASED)
        self._looks[job.id] = Look(now, job.progress.finished, is_in_work)
        self._looks.move_to_end(job.id)
        if len(self._looks) > MOST_JOBS:
            self._looks.popitem(last=False)
        return is_in_work


@dataclass(slots=True)
class LatestWorkers:
    """The workers as of the last moment, and None while the queue does not respond.

    They are read in a task of their own, so that a poll waits for Redis only after a pause in which nobody polled.
    """

    _by_role: ByRole | None = None
    _read_at: float = float("-inf")
    _reading: asyncio.Task[None] | None = None

    async def get(self, heartbeats: Heartbeats) -> ByRole | None:
        age = time.monotonic() - self._read_at
        if age >= FRESH_SECONDS and self._reading is None:
            self._reading = asyncio.create_task(self._read(heartbeats))
        if age >= USABLE_SECONDS and self._reading is not None:
            await asyncio.wait({self._reading}, timeout=PATIENCE_SECONDS)
            if self._reading is not None:
                self._take(None)
        return self._by_role

    async def _read(self, heartbeats: Heartbeats) -> None:
        by_role: ByRole | None = None
        try:
            with suppress(QueueUnavailable):  # None says so.
                by_role = await heartbeats.workers()
        finally:
            self._reading = None
            self._take(by_role)

    def _take(self, by_role: ByRole | None) -> None:
        self._by_role, self._read_at = by_role, time.monotonic()


def _role_of(job: Job) -> Queue | None:
    """The role of the workers that the job needs next."""
    if job.state not in (JobState.QUEUED, JobState.EXPANDING, JobState.RUNNING):
        return None
    if job.kind is JobKind.SINGLE:
        return Queue.INTERACTIVE
    return Queue.BULK if job.state is JobState.RUNNING else Queue.INGEST
