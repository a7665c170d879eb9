"""Reading listed objects, each a request of its own, out of buckets of which some are not ours to wait for."""

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
# How long a server that is not ours may be away before its pictures fail. Those can be retried, workers not be spared.
FAR_PATIENCE_SECONDS = 30.0
FAR_PAUSE_SECONDS = 1.0


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
