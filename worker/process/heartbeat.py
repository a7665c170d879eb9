"""The heartbeat of a worker: it tells `shared/liveness.py` that this process takes work of its role."""

from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import structlog

from shared.errors import QueueUnavailable
from shared.liveness import HEARTBEAT_SECONDS, Heartbeats
from shared.queue import Queue
from worker.leasing.waits import current_waits
from worker.process.runtime import Collaborators, Runtime

log = structlog.get_logger()


@contextmanager
def heartbeat(role: Queue, runtime: Runtime) -> Iterator[None]:
    """Beat while the body runs, until the worker stops."""
    beating = runtime.portal.start_task_soon(_beat_until_stopping, role, runtime.collaborators)
    try:
        yield
    finally:
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
