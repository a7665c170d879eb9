"""The first stage of the pipeline: reads entries of the job's archive, or whole objects from buckets, some of which are
on other servers.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import cast

import anyio
import structlog

from shared.archives.entries import Locator
from shared.archives.errors import EntryError
from shared.archives.extracting import read_entries
from shared.listings.errors import SourceUnavailable
from shared.listings.objects import read_object
from shared.storage.buckets import Buckets
from shared.storage.errors import ObjectNotFound, StorageUnavailable
from worker.chunk.stages import Fetched, Outbox, WorkItem, milliseconds_since
from worker.leasing.retrying import RetryingStorage, until_available

log = structlog.get_logger()

CONCURRENT_READS = 8
# How long an outage of another server may last before its pictures fail. A failed picture can be retried, but a worker
# that waits is lost to the other jobs.
FOREIGN_TIMEOUT_SECONDS = 30.0
FOREIGN_RETRY_SECONDS = 1.0

# Fails an item, with a code and a detail.
Fail = Callable[[WorkItem, str, str], Awaitable[None]]


class ObjectFetcher:
    """Reads the listed objects of one chunk."""

    def __init__(self, buckets: Buckets, *, timeout_seconds: float = FOREIGN_TIMEOUT_SECONDS) -> None:
        self._buckets = buckets
        self._timeout_seconds = timeout_seconds
        self._unavailable_since: float | None = None

    async def fetch(self, locator: Locator) -> bytes:
        """The whole object. Raises EntryError.

        It waits for the service's own storage during an outage. For another server there is one timeout per chunk: once
        it has passed, objects on that server fail without waiting until it answers again.
        """
        if self._buckets.on_same_server(locator.get("bucket")):
            return await until_available(lambda: read_object(self._buckets, locator))
        while True:
            try:
                content = await read_object(self._buckets, locator)
            except StorageUnavailable as error:
                log.warning("source.unavailable", bucket=locator.get("bucket"), error=error.detail)
                if self._has_timed_out():
                    raise SourceUnavailable("The storage of its bucket does not answer; try it again later.") from None
            else:
                self._unavailable_since = None
                return content
            await anyio.sleep(FOREIGN_RETRY_SECONDS)

    def _has_timed_out(self) -> bool:
        now = anyio.current_time()
        if self._unavailable_since is None:
            self._unavailable_since = now
        return now - self._unavailable_since >= self._timeout_seconds


async def fetch_indexed(
    storage: RetryingStorage, works: Sequence[WorkItem], outbox: Outbox[Fetched], fail: Fail
) -> None:
    """Read entries of an archive, several neighbors in one ranged read."""
    remaining = dict(enumerate(works))
    locators = [_locator(work) for work in works]
    started: dict[int, float] = {}

    async def admit(position: int) -> None:
        # The bytes that are read, and those that they decompress to.
        await works[position].reservation.acquire(locators[position]["length"] + locators[position]["size"])
        started[position] = time.perf_counter()

    async with outbox:
        try:
            async with aclosing(read_entries(storage, locators, admit=admit)) as entries:
                async for position, content in entries:
                    work = remaining.pop(position)
                    work.timings_ms["fetch"] = milliseconds_since(started[position])
                    if isinstance(content, EntryError):
                        await fail(work, content.code, content.detail)
                    else:
                        await outbox.send(Fetched(work, content))
                    del content  # Otherwise its bytes would be kept until the next entry is read.
        except ObjectNotFound:
            for work in remaining.values():
                await fail(work, "source_missing", "The source is no longer in the storage.")


async def fetch_listed(fetcher: ObjectFetcher, works: Sequence[WorkItem], outbox: Outbox[Fetched], fail: Fail) -> None:
    """Read whole objects, several at once."""
    slots = anyio.Semaphore(CONCURRENT_READS)

    async def fetch(work: WorkItem, locator: Locator) -> None:
        async with slots:
            await work.reservation.acquire(locator["length"])
            try:
                with work.timed("fetch"):
                    content = await fetcher.fetch(locator)
            except EntryError as error:
                await fail(work, error.code, error.detail)
            else:
                await outbox.send(Fetched(work, content))

    async with outbox, anyio.create_task_group() as fetches:
        for work in works:
            fetches.start_soon(fetch, work, _locator(work))


def _locator(work: WorkItem) -> Locator:
    return cast(Locator, work.item.locator)
