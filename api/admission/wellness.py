"""Whether object storage and the queue are well enough for new work. Asked every few seconds, not for every request."""

import asyncio
from contextlib import suppress

import structlog

from api.access.recent import Recent
from shared.errors import QueueReadOnly, QueueUnavailable, Unavailable
from shared.queue import TaskQueue
from shared.storage.errors import StorageRefused, StorageUnavailable
from shared.storage.protocol import ObjectStorage

log = structlog.get_logger()

KNOWN_SECONDS = 2.0
TIMEOUT_SECONDS = 5.0


class Wellness:
    def __init__(self, storage: ObjectStorage, queue: TaskQueue) -> None:
        self._storage = storage
        self._queue = queue
        self._failures: Recent[None, Unavailable | None] = Recent(KNOWN_SECONDS, 1)

    async def check(self) -> None:
        """Raises StorageUnavailable, and QueueReadOnly: a queue without memory or disk does not recover by itself.

        A queue that does not respond is no reason: jobs are accepted, and sent once it is back.
        """
        if (failure := await self._failures.get(None, self._failure)) is not None:
            raise type(failure)(failure.detail)

    async def _failure(self, _: None) -> Unavailable | None:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                # The response to a HEAD does not say why it refuses: wrong keys, or only a wrong clock. That of the
                # first write does.
                with suppress(StorageRefused):
                    await self._storage.ping()
                await self._queue.check_writes()
        except TimeoutError:
            failure: Unavailable = StorageUnavailable("Object storage did not respond in time.")
        except (StorageUnavailable, QueueReadOnly) as error:
            failure = error
        except QueueUnavailable:
            return None
        else:
            return None
        log.warning("admission.paused", code=failure.code, detail=failure.detail)
        return failure
