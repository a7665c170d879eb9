"""The first stage of the pipeline: sources out of an archive, or objects by themselves out of buckets of which some are
not ours to wait for.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import cast

import anyio
import structlog

from shared.archives.entries import Locator
from shared.archives.errors import EntryError
from shared.archives.reading import read_entries
from shared.listings.errors import SourceUnavailable
from shared.listings.objects import read_object
from shared.storage.buckets import Buckets
from shared.storage.errors import ObjectNotFound, StorageUnavailable
from worker.chunk.stages import Outbox, Work, milliseconds_since
from worker.leasing.patience import PatientStorage, patiently

log = structlog.get_logger()

OBJECTS_AT_ONCE = 8
# How long a server that is not ours may be away before its pictures fail. Those can be retried, workers not be spared.
FAR_PATIENCE_SECONDS = 30.0
FAR_PAUSE_SECONDS = 1.0

# Ends a work, with a code and a detail.
Fail = Callable[[Work, str, str], Awaitable[None]]


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


async def fetch_indexed(storage: PatientStorage, works: Sequence[Work], outbox: Outbox, fail: Fail) -> None:
    """Read the sources, neighbors together in one ranged read."""
    left = dict(enumerate(works))
    locators = [_locator(work) for work in works]
    began: dict[int, float] = {}

    async def admit(position: int) -> None:
        # For what is read, and for what it is inflated to.
        await works[position].share.enter(locators[position]["length"] + locators[position]["size"])
        began[position] = time.perf_counter()

    async with outbox:
        try:
            async with aclosing(read_entries(storage, locators, admit=admit)) as entries:
                async for position, content in entries:
                    work = left.pop(position)
                    work.timings_ms["fetch"] = milliseconds_since(began[position])
                    if isinstance(content, EntryError):
                        await fail(work, content.code, content.detail)
                    else:
                        work.source = content
                        await outbox.send(work)
                    del content  # Or it stays until the next one is there, too.
        except ObjectNotFound:
            for work in left.values():
                await fail(work, "source_missing", "The source is no longer in the storage.")


async def fetch_listed(fetcher: ObjectFetcher, works: Sequence[Work], outbox: Outbox, fail: Fail) -> None:
    """Read sources that are objects by themselves, several at once."""
    at_once = anyio.Semaphore(OBJECTS_AT_ONCE)

    async def fetch(work: Work, locator: Locator) -> None:
        async with at_once:
            await work.share.enter(locator["length"])
            try:
                with work.timed("fetch"):
                    work.source = await fetcher.fetch(locator)
            except EntryError as error:
                await fail(work, error.code, error.detail)
            else:
                await outbox.send(work)

    async with outbox, anyio.create_task_group() as fetches:
        for work in works:
            fetches.start_soon(fetch, work, _locator(work))


def _locator(work: Work) -> Locator:
    return cast(Locator, work.item.locator)
