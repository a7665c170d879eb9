"""What lives as long as a worker process: one event loop in a thread of its own, and the collaborators opened on it.

Celery's threads call in through `run`; so one Motor store serves the gateway and the workers.
"""

import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from typing import NoReturn

import anyio
import structlog
from anyio.from_thread import BlockingPortal, start_blocking_portal

from shared.errors import Unavailable
from shared.jobs.dispatch import Dispatcher
from shared.jobs.service import JobService
from shared.queue import TaskQueue
from shared.settings import ProcessSettings
from shared.storage.buckets import Buckets, open_buckets
from shared.storage.errors import StorageRefused
from shared.storage.opening import open_storage
from shared.storage.protocol import ObjectStorage
from shared.stores import Stores, open_stores

log = structlog.get_logger()

# A supervisor restarts a worker that ends with this code: something escaped a task, and its state is not to be trusted.
BROKEN = 70


@dataclass(frozen=True, kw_only=True)
class Collaborators:
    """What every kind of worker, and the reconciler, works with."""

    stores: Stores
    queue: TaskQueue
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
            # What an abandoned call stores lies below its job's prefix, under its own key or with the same content.
            open_storage(settings.storage, abandon_on_cancel=True) as storage,
            open_buckets(storage, settings.storage, settings.sources) as buckets,
            closing(TaskQueue(settings.redis.url.get_secret_value())) as queue,
        ):
            dispatcher = Dispatcher(stores.jobs, stores.chunks, queue)
            yield Collaborators(
                stores=stores,
                queue=queue,
                dispatcher=dispatcher,
                job_service=JobService(stores.jobs, stores.chunks, stores.leases, dispatcher),
                storage=storage,
                buckets=buckets,
                stopping=anyio.Event(),
                name=f"{socket.gethostname()}:{os.getpid()}",
            )


@dataclass(frozen=True)
class Runtime:
    """The running event loop, and the collaborators that belong to it."""

    portal: BlockingPortal
    collaborators: Collaborators

    def run(self, work: Callable[..., Awaitable[None]], *args: str | int) -> None:
        """Run a task's work on the loop and wait for it.

        A server that is away ends the task: the reconciler sends it again. Anything else that escapes ends the whole
        process, loudly: a threads pool would go on with a thread or a loop in an unknown state (a MemoryError wedges
        it), while a dead process is restarted by its supervisor, and its leases expire.
        """
        try:
            self.portal.call(work, *args)
        except (Unavailable, StorageRefused) as error:
            log.warning("task.unavailable", code=error.code, error=error.detail)
        except BaseException:
            try:
                log.exception("worker.broken", task=str(args))
            finally:  # Without memory, even that may fail.
                os._exit(BROKEN)

    def stop(self) -> None:
        """Ask the work under way to hand back what it holds."""
        self.portal.start_task_soon(self.collaborators.stopping.set)


@contextmanager
def start_runtime(settings: ProcessSettings) -> Iterator[Runtime]:
    with (
        start_blocking_portal("asyncio") as portal,
        portal.wrap_async_context_manager(open_collaborators(settings)) as collaborators,
    ):
        yield Runtime(portal, collaborators)


def leave(code: int) -> NoReturn:
    """End the process. `sys.exit` would wait for the threads of calls that were abandoned to a storage that hangs."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
