"""What lives as long as a worker process: one event loop in a thread of its own, and the collaborators opened on it.

Celery's threads call in through `run`; so one Motor store serves the gateway and the workers.
"""

import logging
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import NoReturn

import anyio
import structlog
from anyio.from_thread import BlockingPortal, start_blocking_portal

from shared.chunks.leases import ChunkLeases
from shared.chunks.store import ChunkStore
from shared.dispatch import Dispatcher
from shared.errors import Unavailable
from shared.jobs.expansion import Expansions
from shared.jobs.store import JobStore
from shared.mongo import open_database, ping
from shared.queue import TaskQueue
from shared.schema import check_schema
from shared.settings import ProcessSettings
from shared.storage.buckets import Buckets, open_buckets
from shared.storage.errors import StorageRefused
from shared.storage.protocol import ObjectStorage
from shared.storage.s3 import S3Storage
from shared.uploads.parts import PartUploadStore
from shared.uploads.store import UploadStore

log = structlog.get_logger()

# A supervisor restarts a worker that ends with this code: something escaped a task, and its state is not to be trusted.
BROKEN = 70


@dataclass(frozen=True)
class Collaborators:
    """What every kind of worker, and the reconciler, works with."""

    dispatcher: Dispatcher
    expansions: Expansions
    uploads: UploadStore
    part_uploads: PartUploadStore
    storage: ObjectStorage
    buckets: Buckets
    stopping: anyio.Event
    name: str


@asynccontextmanager
async def open_collaborators(settings: ProcessSettings) -> AsyncIterator[Collaborators]:
    """Raises SchemaBehind, StoreUnavailable."""
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_database(settings.mongo))
        await ping(database)
        await check_schema(database)
        # What a call stores unheeded lies below the prefix of its job, under a key of its own or with the same content.
        storage = S3Storage(settings.storage, abandons=True)
        stack.callback(storage.close)
        buckets = stack.enter_context(open_buckets(storage, settings.storage, settings.sources))
        queue = TaskQueue(settings.redis.url.get_secret_value())
        stack.callback(queue.close)
        dispatcher = Dispatcher(JobStore(database), ChunkStore(database), ChunkLeases(database), queue)
        name = f"{socket.gethostname()}:{os.getpid()}"
        yield Collaborators(
            dispatcher,
            Expansions(database),
            UploadStore(database),
            PartUploadStore(database),
            storage,
            buckets,
            anyio.Event(),
            name,
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
