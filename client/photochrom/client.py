"""The client: one method per thing that can be asked of the service.

How it is asked lies in `transport`, what comes back in `models`.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar
from urllib.parse import quote

from .download import Download, Downloader, OnFetched, verified
from .errors import WaitTimeout
from .models import Document, Format, Item, ItemState, Job, JobState, ReportFormat
from .report import fetch_report
from .source import Submittable, open_source
from .transport import NOT_MODIFIED, OnRetry, Response, Transport, parsed
from .upload import OnSent, Upload

DEFAULT_URL = "http://127.0.0.1:8000"
LONG_POLL_SECONDS = 20
SHORTEST_POLL_SECONDS = 0.2
RESTART_SECONDS = 300.0
"""How long `wait` bears with a gateway that is away: long enough for it to be restarted or moved."""

OnJob = Callable[[Job], None]
Entry = TypeVar("Entry")


class Client:
    """A Photochrom service, by its address; use it as a context manager, from as many threads as you like.

    `base_url` and `api_key` come from PHOTOCHROM_URL and PHOTOCHROM_API_KEY if not given. Broken connections and busy
    answers (429, 503) are tried again for up to `patience` seconds; `on_retry` hears of each. Methods that take a job
    take its id too. Every error is a `PhotochromError`.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        patience: float = 30.0,
        on_retry: OnRetry | None = None,
    ) -> None:
        """Raise `ValueError` if `base_url` is not an http(s) address."""
        self._transport = Transport(
            (base_url or os.environ.get("PHOTOCHROM_URL") or DEFAULT_URL).rstrip("/"),
            api_key or os.environ.get("PHOTOCHROM_API_KEY"),
            agent=f"photochrom/{metadata.version('photochrom')}",
            patience=patience,
            on_retry=on_retry,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()

    def submit(
        self,
        source: Submittable,
        *,
        filename: str | None = None,
        model: str | None = None,
        vividness: float | None = None,
        format: Format | None = None,
        quality: int | None = None,
        idempotency_key: str | None = None,
        on_progress: OnSent | None = None,
    ) -> Job:
        """Send a picture or an archive by path, as bytes or as a binary file object; or a folder, sent as a tar.

        The body is streamed, whatever its size. Options left out are the service's to choose. An upload that broke is
        repeated under the same idempotency key, so that it makes one job; only a file object that cannot seek is sent
        once. `on_progress` hears of the bytes sent and their total, where it is known. Raise `SourceError` for what
        cannot be read, `Refused` for what the service does not take.
        """
        body = open_source(source, filename)
        params = {
            "filename": body.filename,
            "model": model,
            "vividness": vividness,
            "format": format,
            "quality": quality,
        }
        upload = Upload(body, params, idempotency_key, on_progress)
        return parsed(upload.send(self._transport), Job.from_json)

    def job(self, job: Job | str) -> Job:
        """The job as it stands now. Raise `NotFound`."""
        return parsed(self._get(_path(job)), Job.from_json)

    def jobs(self, state: JobState | None = None) -> Iterator[Job]:
        """Your jobs, newest first, fetched page by page as they are read."""
        return self._listed("/v1/jobs", {"state": state, "limit": "100"}, Job.from_json)

    def items(self, job: Job | str, state: ItemState | None = None) -> Iterator[Item]:
        """The job's items in the source's own order, fetched page by page as they are read."""
        return self._listed(f"{_path(job)}/items", {"state": state, "limit": "500"}, Item.from_json)

    def item(self, job: Job | str, index: int) -> Item:
        return parsed(self._get(f"{_path(job)}/items/{index}"), Item.from_json)

    def wait(
        self,
        job: Job | str,
        timeout: float | None = None,
        on_progress: OnJob | None = None,
        *,
        patience: float = RESTART_SECONDS,
    ) -> Job:
        """Return the job when it has ended, however it ended; `on_progress` hears of it now and whenever it changes.

        A gateway that is restarted meanwhile is waited for, `patience` seconds at most. Raise `WaitTimeout` after
        `timeout` seconds.
        """
        deadline = math.inf if timeout is None else time.monotonic() + timeout
        params: dict[str, str] = {}
        headers: dict[str, str] = {}
        while True:
            asked_at = time.monotonic()
            response = self._get(_path(job), params=params, headers=headers, patience=patience)
            if response.status_code != NOT_MODIFIED:
                latest = parsed(response, Job.from_json)
                headers = {"If-None-Match": response.headers["ETag"]} if "ETag" in response.headers else {}
                if on_progress:
                    on_progress(latest)
                if latest.is_terminal:
                    return latest
            left = deadline - time.monotonic()
            if left <= 0:
                raise WaitTimeout(latest, timeout or 0)
            # Held until the job changes; without an ETag to change from, it would be held to the job's end.
            params = {"wait": str(math.ceil(min(LONG_POLL_SECONDS, left)))} if headers else {}
            # A busy job changes many times a second, and a proxy may cut a long poll short.
            time.sleep(max(0, asked_at + SHORTEST_POLL_SECONDS - time.monotonic()))

    def cancel(self, job: Job | str) -> Job:
        """Ask the job to stop; what is finished is kept. A job that has ended is returned unchanged."""
        path = f"{_path(job)}/cancel"
        return parsed(self._transport.patiently(lambda: self._transport.request("POST", path)), Job.from_json)

    def result(self, job: Job | str, index: int = 0) -> bytes:
        """The finished picture. Raise `Conflict` while it is pending, `NotFound` if it failed, `ResultCorrupt`."""
        content = self._get(f"{_path(job)}/items/{index}/result").content
        return verified(self.item(job, index), content)

    def report(self, job: Job | str, format: ReportFormat = "jsonl") -> Iterator[bytes]:
        """What became of every item of a job that has ended, a line each, in UTF-8; in blocks, not line by line.

        All of it has arrived before the first block is given out. Raise `Conflict` while the job runs.
        """
        return fetch_report(self._transport, f"{_path(job)}/report.{format}")

    def download(
        self,
        job: Job | str,
        directory: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        on_fetched: OnFetched | None = None,
    ) -> Download:
        """Write every finished picture below `directory`, each under the path it has in `results.zip`, verified.

        Pictures are fetched one by one, over a few connections, and appear whole or not at all. Those already there are
        kept, so a second call goes on where the first one stopped, and a job that still runs gives what it has so far.
        A different file in the way is replaced only with `overwrite`. `on_fetched` hears of each picture.
        """
        downloader = Downloader(self._transport, _path(job), Path(directory), overwrite=overwrite)
        return downloader.run(self.items(job, "succeeded"), on_fetched)

    def _get(
        self,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        patience: float | None = None,
    ) -> Response:
        return self._transport.patiently(
            lambda: self._transport.request("GET", path, params=params, headers=headers), patience=patience
        )

    def _listed(self, path: str, query: Mapping[str, str | None], read: Callable[[Document], Entry]) -> Iterator[Entry]:
        params = {name: value for name, value in query.items() if value is not None}
        while True:
            page = parsed(self._get(path, params=params), lambda document: _Page.from_json(document, read))
            yield from page.entries
            if page.next_cursor is None:
                return
            params["after"] = page.next_cursor


@dataclass(frozen=True, slots=True)
class _Page(Generic[Entry]):
    entries: list[Entry]
    next_cursor: str | None

    @classmethod
    def from_json(cls, document: Document, read: Callable[[Document], Entry]) -> Self:
        return cls([read(each) for each in document["data"]], document["next_cursor"])


def _path(job: Job | str) -> str:
    return f"/v1/jobs/{quote(job if isinstance(job, str) else job.id, safe='')}"
