"""The survey: what waits in each role and who works, counted now and then for the metrics. It changes nothing."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.clock import Clock
from shared.jobs.documents import Job, JobKind
from shared.lifecycle import JobState
from shared.liveness import Heartbeats
from shared.metrics.reconciler import (
    ITEMS_PENDING,
    JOBS,
    LAST_SURVEY,
    LEASED,
    OLDEST_PENDING,
    PENDING,
    QUEUE_MESSAGES,
    WORKERS,
)
from shared.queue import Queue, TaskQueue
from shared.stores import Stores

OPEN_STATES = [state for state in JobState if not state.is_terminal]
# Whose items a worker still has to finish.
UNFINISHED = (JobState.QUEUED, JobState.EXPANDING, JobState.RUNNING)
ROLE_OF_ITEMS = {JobKind.SINGLE: Queue.INTERACTIVE, JobKind.BULK: Queue.BULK}


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for a worker. Whenever it begins to wait anew, it has another key."""

    role: Queue
    key: str
    since: datetime


@dataclass
class Survey:
    stores: Stores
    queue: TaskQueue
    heartbeats: Heartbeats
    clock: Clock
    # Since when what waits has been waiting: a message that is sent again has a later date in the store.
    _since: dict[str, datetime] = field(default_factory=dict)

    async def take(self) -> None:
        """Raises StoreUnavailable, QueueUnavailable. What was counted before stays as it was, but for its time."""
        jobs = [job async for job in self.stores.jobs.in_state(*OPEN_STATES)]
        leased = await self.stores.chunks.leased_by_queue()
        leased[Queue.INGEST] = sum(job.state is JobState.EXPANDING for job in jobs)
        self._show_waiting(_waiting_jobs(jobs, self.clock()) + await self._waiting_chunks())
        items = _items_pending(jobs)
        states = Counter(job.state for job in jobs)
        for role in Queue:
            LEASED.labels(role.value).set(leased[role])
        for role in ROLE_OF_ITEMS.values():
            ITEMS_PENDING.labels(role.value).set(items[role])
        for state in OPEN_STATES:
            JOBS.labels(state.value).set(states[state])
        await self._show_queue()
        LAST_SURVEY.set_to_current_time()

    async def _show_queue(self) -> None:
        workers = await self.heartbeats.count()
        for role in Queue:
            QUEUE_MESSAGES.labels(role.value).set(await self.queue.depth(role))
            WORKERS.labels(role.value).set(workers[role])

    def _show_waiting(self, waiting: list[Waiting]) -> None:
        now = self.clock()
        self._since = {each.key: min(each.since, self._since.get(each.key, each.since)) for each in waiting}
        for role in Queue:
            since = [self._since[each.key] for each in waiting if each.role is role]
            PENDING.labels(role.value).set(len(since))
            OLDEST_PENDING.labels(role.value).set((now - min(since, default=now)).total_seconds())

    async def _waiting_chunks(self) -> list[Waiting]:
        return [
            Waiting(chunk.queue, f"{chunk.id}:{chunk.claims}", chunk.dispatched_at)
            async for chunk in self.stores.chunks.waiting()
            if chunk.dispatched_at is not None
        ]


def _waiting_jobs(jobs: list[Job], now: datetime) -> list[Waiting]:
    """The archives that wait to be read. A single picture's chunk waits instead."""
    return [
        Waiting(Queue.INGEST, f"{job.id}:{job.version}", _queued_since(job, now))
        for job in jobs
        if job.state is JobState.QUEUED and job.kind is JobKind.BULK
    ]


def _queued_since(job: Job, now: datetime) -> datetime:
    """It is not recorded when a job was queued again, by a retry or by an expander that gave it back."""
    is_first_time = job.run == 1 and job.started_at is None
    return job.created_at if is_first_time else job.sent_at or now


def _items_pending(jobs: list[Job]) -> Mapping[Queue, int]:
    items = Counter[Queue]()
    for job in jobs:
        if job.state in UNFINISHED:
            items[ROLE_OF_ITEMS[job.kind]] += job.current_counts().pending
    return items
