"""What lives as long as a worker process: an event loop in its own thread, and the collaborators opened on it.

Celery's threads call into the loop through `Runtime.run`, so that gateway and workers share one set of Motor stores.
"""

import logging
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn

import anyio
import structlog
from anyio.from_thread import BlockingPortal, start_blocking_portal
from structlog.contextvars import bound_contextvars, get_contextvars

from shared.chunks.documents import chunk_id
from shared.errors import Unavailable
from shared.jobs.dispatch import Dispatcher
from shared.jobs.service import JobService
from shared.liveness import Heartbeats
from shared.queue import TaskName, TaskQueue
from shared.settings import ProcessSettings
from shared.storage.buckets import Buckets, open_buckets
from shared.storage.errors import StorageRefused
from shared.storage.opening import open_storage
from shared.storage.protocol import ObjectStorage
from shared.stores import Stores, open_stores
from worker.process.metering import Outcome, TaskMeter

log = structlog.get_logger()

# The exit code after an unexpected error in a task: the process cannot be trusted, and its supervisor restarts it.
BROKEN = 70


@dataclass(frozen=True, kw_only=True)
class Collaborators:
    """What every worker and the reconciler need."""

    stores: Stores
    queue: TaskQueue
    heartbeats: Heartbeats
    dispatcher: Dispatcher
    job_service: JobService
    storage: ObjectStorage
    buckets: Buckets
    stopping: anyio.Event
    name: str


@asynccontextmanager
async def open_collaborators(settings: ProcessSettings) -> AsyncIterator[Collaborators]:
    """Raises SchemaBehind, StoreUnavailable."""
    async with open_stores(settings.mongo) as stores:
        with (
            # An abandoned call can still store its object. That lies below the job's prefix, under a key with this
            # lease's token or with the same content, so it does no harm.
            open_storage(settings.storage, abandon_on_cancel=True) as storage,
            open_buckets(storage, settings.storage, settings.sources) as buckets,
            closing(TaskQueue(settings.redis.full_url())) as queue,
            closing(Heartbeats(settings.redis.full_url())) as heartbeats,
        ):
            dispatcher = Dispatcher(stores.jobs, stores.chunks, queue)
            yield Collaborators(
                stores=stores,
                queue=queue,
                heartbeats=heartbeats,
                dispatcher=dispatcher,
                job_service=JobService(stores.jobs, stores.chunks, stores.leases, dispatcher),
                storage=storage,
                buckets=buckets,
                stopping=anyio.Event(),
                name=f"{socket.gethostname()}:{os.getpid()}",
            )


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """The running event loop and the collaborators that belong to it."""

    portal: BlockingPortal
    collaborators: Collaborators
    # Logged with every event of every task: Celery's threads do not inherit the context of the main thread.
    context: Mapping[str, Any]
    meter: TaskMeter = field(default_factory=TaskMeter)

    def run(
        self,
        task: TaskName,
        work: Callable[..., Awaitable[None]],
        job_id: str,
        part: int | str | None = None,
        *,
        task_id: str | None = None,
    ) -> None:
        """Run a task's work on the event loop and wait for it. Blocks. `part` is the number of a chunk, or a token.

        This is the one place where a task is timed, counted and given its log context, which its coroutines, the tasks
        that they start and the threads that they use all inherit.

        An unexpected error ends the whole process. A threads pool would go on with a thread or an event loop in an
        unknown state (a MemoryError blocks it for good), while a dead process is restarted by its supervisor and its
        leases expire.
        """
        arguments = [job_id] if part is None else [job_id, part]
        ids = {"task_id": task_id, "job": job_id, "chunk": chunk_id(job_id, part) if isinstance(part, int) else None}
        given = {name: value for name, value in ids.items() if value is not None}
        with bound_contextvars(**self.context, task=task.value, **given):
            try:
                self.portal.call(self._measured, task, work, *arguments)
            except BaseException:
                try:
                    log.exception("worker.broken")
                finally:  # Without memory, even logging may fail.
                    os._exit(BROKEN)

    async def _measured(self, task: TaskName, work: Callable[..., Awaitable[None]], *arguments: str | int) -> None:
        """In the context of the work, which adds the id of the request that it is done for.

        When a server is unavailable the task ends, and the reconciler sends it again.
        """
        start, outcome = time.perf_counter(), Outcome.COMPLETED
        try:
            await work(*arguments)
        except (Unavailable, StorageRefused) as error:
            log.warning("task.unavailable", code=error.code, error=error.detail)
            outcome = Outcome.UNAVAILABLE
        self.meter.record(task, outcome, time.perf_counter() - start)

    def stop(self) -> None:
        """Have the work in progress hand back its leases."""
        self.portal.start_task_soon(self.collaborators.stopping.set)


@contextmanager
def start_runtime(settings: ProcessSettings) -> Iterator[Runtime]:
    """Raises SchemaBehind, StoreUnavailable."""
    with (
        start_blocking_portal("asyncio", {"use_uvloop": True}) as portal,
        portal.wrap_async_context_manager(open_collaborators(settings)) as collaborators,
    ):
        context = {**get_contextvars(), "worker": collaborators.name}
        yield Runtime(portal=portal, collaborators=collaborators, context=context)


def leave(code: int) -> NoReturn:
    """End the process. `sys.exit` would wait for threads whose calls were abandoned to a storage that hangs."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
