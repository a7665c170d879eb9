"""Puts failpoints around every call of a service process to the outside, and traces these calls.

The service knows nothing of it: in a process started by the tests (`zygote.py`), `install` wraps the public methods of
the collaborators that talk to servers (stores, storage, queue), before the real `main` runs. Killing after one such
call or before the next covers everything that can happen between the two.
"""

import asyncio
import inspect
import os
import re
import signal
import sys
import threading
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime, timedelta
from enum import Enum
from functools import wraps
from pathlib import Path
from typing import Any

from shared.chunks.documents import Chunk
from shared.chunks.leases import ChunkLeases
from shared.chunks.store import ChunkStore
from shared.errors import QueueUnavailable, StoreUnavailable
from shared.jobs.documents import Job
from shared.jobs.expansion import Expansions
from shared.jobs.outbox import Outboxes
from shared.jobs.removal import Removals
from shared.jobs.sharing import SharedSources
from shared.jobs.store import JobStore
from shared.queue import TaskQueue
from shared.storage.errors import StorageUnavailable
from shared.storage.s3 import S3Storage
from shared.submissions.store import Submission, SubmissionStore
from shared.webhooks.store import DeliveryStore
from tests.faults import failpoints
from tests.faults.failpoints import AFTER, BEFORE, Armory, Failpoint
from tests.faults.trace import BEGIN, END, ERROR, Call, TraceWriter, now

# The process's border: every collaborator that talks to a server, and what it raises when that is unavailable.
BORDER: dict[type, type[Exception]] = {
    JobStore: StoreUnavailable,
    Expansions: StoreUnavailable,
    Removals: StoreUnavailable,
    SharedSources: StoreUnavailable,
    ChunkStore: StoreUnavailable,
    ChunkLeases: StoreUnavailable,
    SubmissionStore: StoreUnavailable,
    Outboxes: StoreUnavailable,
    DeliveryStore: StoreUnavailable,
    S3Storage: StorageUnavailable,
    TaskQueue: QueueUnavailable,
}
JOB = re.compile(r"job_[0-9A-Z]{26}")
TAG = re.compile(r"tag-[\w-]+")
POLL_SECONDS = 0.02
OURS = ("api", "shared", "worker")


class Saboteur:
    def __init__(self, folder: Path, process: str) -> None:
        self._process = process
        self._armory = Armory(folder)
        self._trace = TraceWriter(folder / "trace.jsonl")
        self._tags = Tags(folder)

    def install(self) -> None:
        for border, away in BORDER.items():
            for name, function in vars(border).items():
                if name.startswith("_"):
                    continue
                if inspect.iscoroutinefunction(function):
                    setattr(border, name, self._around(f"{border.__name__}.{name}", function, away))
                elif inspect.isasyncgenfunction(function):
                    setattr(border, name, self._around_iteration(f"{border.__name__}.{name}", function, away))

    def _around(self, method: str, function: Callable[..., Any], away: type[Exception]) -> Callable[..., Any]:
        @wraps(function)
        async def sabotaged(itself: Any, *args: Any, **kwargs: Any) -> Any:
            note = self._noting(method, [*args, *kwargs.values()])
            was_stopped = await self._at(BEFORE, note(BEGIN), away) == failpoints.STOP
            try:
                call = function(itself, *args, **kwargs)
                # A resumed process finds its deadline expired and would cancel the call. Shielded, the call is sent
                # all the same, as if it had been on its way before the stop.
                answer = await (asyncio.shield(call) if was_stopped else call)
            except BaseException as error:  # Cancellation is traced, too.
                note(ERROR, type(error).__name__)
                raise
            try:
                await self._at(AFTER, note(END, _word(answer)), away)
            except QueueUnavailable:
                if method == "TaskQueue.send":  # It returns False instead of raising.
                    return False
                raise
            return answer

        return sabotaged

    def _around_iteration(self, method: str, function: Callable[..., Any], away: type[Exception]) -> Callable[..., Any]:
        @wraps(function)
        async def sabotaged(itself: Any, *args: Any, **kwargs: Any) -> AsyncGenerator[Any, None]:
            note = self._noting(method, [*args, *kwargs.values()])
            await self._at(BEFORE, note(BEGIN), away)
            async with aclosing(function(itself, *args, **kwargs)) as elements:
                async for element in elements:
                    yield element
            await self._at(AFTER, note(END), away)

        return sabotaged

    def _noting(self, method: str, arguments: list[Any]) -> Callable[..., Call]:
        words = [word for argument in arguments for word in _words(argument)]
        job, tag = self._tags.of(words)

        def note(phase: str, answer: Any = None) -> Call:
            call = Call(now(), os.getpid(), self._process, phase, method, words, job, tag, answer)
            self._trace.write(call)
            return call

        return note

    async def _at(self, when: str, call: Call, away: type[Exception]) -> str | None:
        """The action that was taken, if any."""
        armed = self._armory.pull(call, when)
        if armed is None:
            return None
        name, failpoint = armed
        await self._go_off(name, failpoint, away)
        return failpoint.action

    async def _go_off(self, name: str, failpoint: Failpoint, away: type[Exception]) -> None:
        match failpoint.action:
            case failpoints.KILL:
                os.kill(os.getpid(), signal.SIGKILL)
            case failpoints.STALL_AND_KILL:
                await asyncio.sleep(failpoint.seconds)
                os.kill(os.getpid(), signal.SIGKILL)
            case failpoints.STOP:
                # To this thread: if it is sent to the process, another thread may take it while this one still runs.
                signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
            case failpoints.STALL:
                await asyncio.sleep(failpoint.seconds)
            case failpoints.HOLD:
                while not self._armory.is_released(name):  # noqa: ASYNC110 - a file has no event to wait for
                    await asyncio.sleep(POLL_SECONDS)
            case failpoints.MEMORY:
                raise MemoryError(str(failpoint))
            case failpoints.FAIL | failpoints.DROP:
                raise away(str(failpoint))


class Tags:
    """The tag of each job. Recorded in the gateway, where both first appear in one call."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "tags"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._known: dict[str, str] = {}

    def of(self, words: list[Any]) -> tuple[str | None, str | None]:
        """The job and the tag that a call is about."""
        text = " ".join(word for word in words if isinstance(word, str))
        job = next(iter(JOB.findall(text)), None)
        tag = next(iter(TAG.findall(text)), None)
        if job is None:
            return None, tag
        if tag is not None:
            self._note(job, tag)
        return job, tag or self._tag_of(job)

    def _note(self, job: str, tag: str) -> None:
        draft = self._folder / f".{os.getpid()}"
        draft.write_text(tag)
        draft.rename(self._folder / job)
        self._known[job] = tag

    def _tag_of(self, job: str) -> str | None:
        if job not in self._known:
            try:
                self._known[job] = (self._folder / job).read_text()
            except FileNotFoundError:
                return None
        return self._known[job]


def _words(argument: Any) -> list[Any]:
    """The parts of an argument that are readable in a trace and identify its job."""
    if isinstance(argument, Job):
        return [argument.id, argument.idempotency.key if argument.idempotency else None]
    if isinstance(argument, Chunk):
        return [argument.id]
    if isinstance(argument, list):
        return [word for element in argument[:16] for word in _words(element)]
    return [_word(argument)]


def _word(value: Any) -> Any:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Job | Chunk | Submission):
        return value.id
    return value if value is None or isinstance(value, str | int | float | bool) else type(value).__name__


def skew_clocks(seconds: float) -> None:
    """Shift `time.time` everywhere, but `datetime.now` only in the service's modules that are loaded by now."""

    class Skewed(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(seconds=seconds)

    right = time.time
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in OURS:
            for attribute, value in list(vars(module).items()):
                if value is datetime:
                    setattr(module, attribute, Skewed)
    time.time = lambda: right() + seconds
