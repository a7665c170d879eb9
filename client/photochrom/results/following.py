"""Downloads the results of a job while it runs, so that an interruption loses none that were finished."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from photochrom.errors import ServiceBusy, ServiceUnreachable
from photochrom.http.pages import one_page
from photochrom.http.transport import Transport
from photochrom.responses import Item, Job

from .download import Download, Downloader, Fetched, OnFetched, Tally

ITEMS_PER_PAGE = "500"
SHORTEST_LOOK_SECONDS = 0.5
"""Looking for new results costs the service more than watching the job."""


class FollowingDownload:
    """Call `job_changed` for every version of the job; `total` is the outcome of all calls together."""

    def __init__(
        self, transport: Transport, job_path: str, directory: Path, *, overwrite: bool, on_fetched: OnFetched | None
    ) -> None:
        self._transport = transport
        self._job_path = job_path
        self._overwrite = overwrite
        self._on_fetched = on_fetched
        self._unfinished = _UnfinishedPages(transport, job_path)
        self._tally = Tally(directory)

    def job_changed(self, job: Job) -> None:
        """Download what is new. Raise the errors of a download, but a failure of the service only if the job has ended:
        until then it will be watched, which takes longer to give up.
        """
        started_at = time.monotonic()
        try:
            self._download(self._unfinished.results(to_the_end=job.is_terminal))
        except (ServiceUnreachable, ServiceBusy):
            if job.is_terminal:
                raise
        if not job.is_terminal:
            time.sleep(max(0, started_at + SHORTEST_LOOK_SECONDS - time.monotonic()))

    def total(self) -> Download:
        return self._tally.total()

    def _download(self, items: Iterator[Item]) -> None:
        directory = self._tally.directory
        downloader = Downloader(self._transport, self._job_path, directory, overwrite=self._overwrite)
        downloader.run(items, self._fetched)

    def _fetched(self, fetched: Fetched) -> None:
        self._tally.add(fetched)
        if fetched.result == fetched.item.results[-1]:
            self._unfinished.mark_fetched(fetched.item)
        if self._on_fetched:
            self._on_fetched(fetched)


class _UnfinishedPages:
    """The items of a running job, from the first page on that is not finished. Memory does not grow with the job."""

    def __init__(self, transport: Transport, job_path: str) -> None:
        self._transport = transport
        self._path = f"{job_path}/items"
        self._first_cursor: str | None = None
        self._fetched: set[int] = set()

    def mark_fetched(self, item: Item) -> None:
        self._fetched.add(item.index)

    def results(self, *, to_the_end: bool) -> Iterator[Item]:
        """The succeeded items that were not fetched yet. Unless `to_the_end`, up to the first page with nothing but
        pending items: a job is processed in the order of its source.
        """
        cursor, all_finished = self._first_cursor, True
        while True:
            query = {"limit": ITEMS_PER_PAGE, "after": cursor}
            page = one_page(self._transport, self._path, query, Item.from_json)
            pending = sum(item.state == "pending" for item in page.entries)
            new = [item for item in page.entries if item.state == "succeeded" and item.index not in self._fetched]
            yield from new
            cursor = page.next_cursor
            all_finished = all_finished and not pending and not new
            if cursor is None or (pending == len(page.entries) and not to_the_end):
                return
            if all_finished:
                self._first_cursor = cursor
                self._fetched -= {item.index for item in page.entries}
