"""The heartbeat of a worker: it tells `shared/liveness.py` that this process takes work of its role."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import ExitStack, contextmanager

import anyio
import structlog

from shared.errors import QueueUnavailable
from shared.liveness import HEARTBEAT_SECONDS, Heartbeats
from shared.queue import Queue
from worker.leasing.waits import current_waits
from worker.process.runtime import Collaborators, Runtime

log = structlog.get_logger()

GOODBYE_SECONDS = 2.0


@contextmanager
def heartbeat(role: Queue, runtime: Runtime) -> Iterator[Callable[[], None]]:
    """Yields what starts it, to be called when the worker is ready. It lasts until the worker stops."""
    with ExitStack() as stack:

        def start() -> None:
            beating = runtime.portal.start_task_soon(_beat_until_stopping, role, runtime.collaborators)
            stack.callback(_end, beating, runtime)

        yield start


def _end(beating: Future[None], runtime: Runtime) -> None:
    """A worker that stops says so, if Redis answers; one that has failed is missed soon enough."""
    if runtime.collaborators.stopping.is_set():
        wait([beating], GOODBYE_SECONDS)
    beating.cancel()


async def _beat_until_stopping(role: Queue, parts: Collaborators) -> None:
    while not parts.stopping.is_set():
        await _tell(parts.heartbeats, role, parts.name, is_alive=True)
        with anyio.move_on_after(HEARTBEAT_SECONDS):
            await parts.stopping.wait()
    await _tell(parts.heartbeats, role, parts.name, is_alive=False)


async def _tell(heartbeats: Heartbeats, role: Queue, worker: str, *, is_alive: bool) -> None:
    try:
        await (heartbeats.beat(role, worker, current_waits()) if is_alive else heartbeats.end(role, worker))
    except QueueUnavailable as error:
        log.warning("worker.heartbeat_failed", error=error.detail)
