"""Reading listed objects, each a request of its own: several at once, in bounded memory, out of buckets of which some
are not ours to wait for.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import structlog

from shared.archives.entries import Locator
from shared.listings.errors import SourceUnavailable
from shared.listings.objects import read_object
from shared.storage.buckets import Buckets
from shared.storage.errors import StorageUnavailable
from worker.patience import patiently

log = structlog.get_logger()

OBJECTS_AT_ONCE = 8
BYTES_AT_ONCE = 64 * 1024**2
# How long a server that is not ours may be away before its pictures fail. Those can be retried, workers not be spared.
FAR_PATIENCE_SECONDS = 30.0
FAR_PAUSE_SECONDS = 1.0


class Room:
    """For so many objects and bytes at once. One that is larger than all the room gets it to itself."""

    def __init__(self, objects: int = OBJECTS_AT_ONCE, size: int = BYTES_AT_ONCE) -> None:
        self._objects = objects
        self._size = size
        self._taken: list[int] = []
        self._changed = anyio.Condition()

    @asynccontextmanager
    async def taken(self, size: int) -> AsyncIterator[None]:
        async with self._changed:
            while not self._is_free(size):
                await self._changed.wait()
            self._taken.append(size)
        try:
            yield
        finally:
            with anyio.CancelScope(shield=True):
                async with self._changed:
                    self._taken.remove(size)
                    self._changed.notify_all()

    def _is_free(self, size: int) -> bool:
        return not self._taken or (len(self._taken) < self._objects and sum(self._taken) + size <= self._size)


class ObjectFetcher:
    """Reads the listed objects of one chunk."""

    def __init__(self, buckets: Buckets, *, patience_seconds: float = FAR_PATIENCE_SECONDS) -> None:
        self._buckets = buckets
        self._patience_seconds = patience_seconds
        self._away_since: float | None = None

    async def fetch(self, locator: Locator) -> bytes:
        """The whole object. Raises EntryError.

        An outage of our own server is waited out. One of another is waited for once, and not for long: from then on
        until it answers again its objects fail at once.
        """
        if self._buckets.is_near(locator.get("bucket")):
            return await patiently(lambda: read_object(self._buckets, locator))
        while True:
            try:
                content = await read_object(self._buckets, locator)
            except StorageUnavailable as error:
                log.warning("source.away", bucket=locator.get("bucket"), error=error.detail)
                now = anyio.current_time()
                self._away_since = now if self._away_since is None else self._away_since
                if now - self._away_since >= self._patience_seconds:
                    raise SourceUnavailable("The storage of its bucket does not answer; try it again later.") from None
            else:
                self._away_since = None
                return content
            await anyio.sleep(FAR_PAUSE_SECONDS)
