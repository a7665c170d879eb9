"""Watching jobs: one watcher for each job, however many clients follow it."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog

from api.access.caller import Caller
from api.dependencies import Gateway
from api.events.errors import TooManyStreams
from api.events.schemas import JobSnapshot
from api.http.stopping import Stopping
from api.jobs.responses import tag_of
from shared.clock import utc_now
from shared.errors import Unavailable
from shared.jobs.documents import Job

log = structlog.get_logger()

INTERVAL_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
# A client comes back by itself. Until then nobody looks whether its key was revoked.
LONGEST_SECONDS = 300.0
MOST_STREAMS = 32


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a job. `events` is None once the job is gone."""

    tag: str
    has_ended: bool
    events: bytes | None


GONE = Version("gone", has_ended=True, events=None)


async def version_of(gateway: Gateway, job: Job) -> Version:
    waiting_for = await gateway.waiting.reason(job)
    tag = tag_of(job, waiting_for)
    snapshot = JobSnapshot.of(job, utc_now(), waiting_for).model_dump_json()
    has_ended = job.state.is_terminal or not job.state.is_kept
    return Version(tag, has_ended, f"event: snapshot\nid: {tag}\ndata: {snapshot}\n\n".encode())


class Watcher:
    """Reads one job about once a second, while anybody follows it."""

    def __init__(self, gateway: Gateway, job_id: str, first: Version) -> None:
        self.followers = 0
        self._gateway = gateway
        self._job_id = job_id
        self._version = first
        self._changed = asyncio.Condition()

    async def next(self, tag: str | None, seconds: float) -> Version | None:
        """The current version if it has another tag, or the next one. None: there was none in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(lambda: self._version.tag != tag)
        return self._version if self._version.tag != tag else None

    async def watch(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL_SECONDS)
            try:
                job = await self._gateway.jobs.get(self._job_id)
                version = GONE if job is None else await version_of(self._gateway, job)
            except Unavailable as error:
                log.warning("events.unavailable", job=self._job_id, error=error.detail)
                continue
            if version.tag != self._version.tag:
                async with self._changed:
                    self._version = version
                    self._changed.notify_all()


@dataclass(slots=True)
class Watchers:
    """Those of this process, and how many streams each caller has open."""

    _by_job: dict[str, Watcher] = field(default_factory=dict)
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _streams: Counter[Caller] = field(default_factory=Counter)

    def check(self, caller: Caller) -> None:
        """Raises TooManyStreams."""
        if self._streams[caller] >= MOST_STREAMS:
            raise TooManyStreams(f"There are {MOST_STREAMS} streams of events open. Close one, or poll the job.", 5)

    @asynccontextmanager
    async def following(self, gateway: Gateway, job_id: str, first: Version) -> AsyncIterator[Watcher]:
        """The job's watcher. The caller has read the job, so it may follow it, whoever began to watch it."""
        watcher = self._by_job.get(job_id)
        if watcher is None:
            watcher = self._by_job[job_id] = Watcher(gateway, job_id, first)
            self._tasks[job_id] = asyncio.create_task(watcher.watch())
        watcher.followers += 1
        self._streams[gateway.caller] += 1
        try:
            yield watcher
        finally:
            watcher.followers -= 1
            self._streams -= Counter([gateway.caller])
            if not watcher.followers:
                del self._by_job[job_id]
                self._tasks.pop(job_id).cancel()

    async def stream(
        self, gateway: Gateway, job_id: str, first: Version, latest: str | None, stopping: Stopping
    ) -> AsyncGenerator[bytes, None]:
        """What a client reads: snapshots, the end, and comments while nothing happens."""
        clock = asyncio.get_running_loop().time
        began = sent_at = clock()
        async with self.following(gateway, job_id, first) as watcher:
            yield b"retry: 2000\n\n"
            while not stopping.has_begun and clock() - began < LONGEST_SECONDS:
                version = await watcher.next(latest, INTERVAL_SECONDS)
                if version is not None:
                    latest, sent_at = version.tag, clock()
                    if version.events is not None:
                        yield version.events
                    if version.has_ended:
                        yield f"event: end\nid: {version.tag}\ndata: {{}}\n\n".encode()
                        return
                elif clock() - sent_at >= HEARTBEAT_SECONDS:
                    sent_at = clock()
                    yield b": still here\n\n"
