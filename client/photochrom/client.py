"""The client: one method per thing that can be asked of the service.

How it is asked lies in `transport`, what comes back in `models`.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self, Unpack

from ._version import __version__
from .errors import JobDeleted, NotFound
from .http.pages import all_pages
from .http.problems import parsed
from .http.transport import OnRetry, Transport
from .jobs.addresses import path_of, result_address
from .jobs.retry import begin_run
from .jobs.watch import watch
from .options import JobOptions, in_json, in_query
from .responses import DryRun, Item, ItemState, Job, JobState, Model, ReportFormat, Upload
from .results.download import Download, Downloader, OnFetched, verified
from .results.report import fetch_report
from .sources.local import Submittable, open_source
from .sources.stored import Manifest, Prefix, Stored
from .submission.body import Delivery, OnSent
from .submission.multipart import Uploader, upload_path
from .submission.submit import ask_dry_run, opened, submit_files, submit_stored

DEFAULT_URL = "http://127.0.0.1:8000"
RESTART_SECONDS = 300.0
"""How long `wait` bears with a gateway that is away: long enough for it to be restarted or moved."""

OnJob = Callable[[Job], None]


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
            agent=f"photochrom/{__version__}",
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
        source: Submittable | Stored | Sequence[Submittable | Upload],
        *,
        filename: str | None = None,
        idempotency_key: str | None = None,
        on_progress: OnSent | None = None,
        **options: Unpack[JobOptions],
    ) -> Job:
        """Send a picture or an archive by path, as bytes or as a binary file object; or a folder, sent as a tar; or
        several pictures, as a list. Or name what is in storage: a `Prefix`, a `Manifest`, an `Upload`, a list of them.

        A body is streamed, whatever its size; `options` are those of `JobOptions`. An upload that broke is repeated
        under the same idempotency key, so that it makes one job; only a file object that cannot seek is sent once.
        `on_progress` hears of the bytes sent and their total, where it is known. Raise `SourceError` for what cannot be
        read, `Refused` for what the service does not take.
        """
        key = idempotency_key or secrets.token_urlsafe(18)
        if isinstance(source, Upload | Prefix | Manifest):
            return submit_stored(self._transport, source, in_json(options), key)
        if isinstance(source, Sequence) and not isinstance(source, str | bytes):
            return submit_files(self._transport, source, in_json(options), key, on_progress)
        body = open_source(source, filename)
        delivery = Delivery(body, {"filename": body.filename, **in_query(options)}, key, on_progress)
        return parsed(delivery.send(self._transport), Job.from_json)

    def dry_run(self, source: Stored, **options: Unpack[JobOptions]) -> DryRun:
        """Say how much a job about this would be, and how long it may take. No job is made; uploads stay as they are.

        Raise what submitting it would, and what would fail the job as a whole.
        """
        return ask_dry_run(self._transport, source, in_json(options))

    def upload(self, source: Submittable, *, filename: str | None = None, on_progress: OnSent | None = None) -> Upload:
        """Send a file, or a folder as a tar, that one job may be about later, within a day.

        It is sent in parts, to the object storage itself where that can be reached. Raise `SourceError` also for what
        has no known length.
        """
        return Uploader(self._transport, on_progress).send([open_source(source, filename)])[0]

    def upload_all(self, files: Sequence[Submittable | Upload], *, on_progress: OnSent | None = None) -> list[Upload]:
        """The same for several, a few at a time; those that are uploads already stay as they are. All or none."""
        return Uploader(self._transport, on_progress).send(opened(files))

    def find_upload(self, upload_id: str) -> Upload:
        """Raise `NotFound`."""
        return parsed(self._transport.get(upload_path(upload_id)), Upload.from_json)

    def drop_upload(self, upload: Upload | str) -> None:
        """Remove what no job has taken. Raise `NotFound`, and `Conflict` if one has."""
        self._transport.patiently(lambda: self._transport.request("DELETE", upload_path(upload)))

    def models(self) -> list[Model]:
        """The colorizers that the option `model` may name; one of them is the default."""
        answer = self._transport.get("/v1/models")
        return parsed(answer, lambda document: [Model.from_json(each) for each in document["data"]])

    def job(self, job: Job | str) -> Job:
        """The job as it stands now. Raise `NotFound`."""
        return parsed(self._transport.get(path_of(job)), Job.from_json)

    def jobs(self, state: JobState | None = None) -> Iterator[Job]:
        """Your jobs, newest first, fetched page by page as they are read."""
        return all_pages(self._transport, "/v1/jobs", {"state": state, "limit": "100"}, Job.from_json)

    def items(self, job: Job | str, state: ItemState | None = None) -> Iterator[Item]:
        """The job's items in the source's own order, fetched page by page as they are read."""
        return all_pages(self._transport, f"{path_of(job)}/items", {"state": state, "limit": "500"}, Item.from_json)

    def item(self, job: Job | str, index: int) -> Item:
        return parsed(self._transport.get(f"{path_of(job)}/items/{index}"), Item.from_json)

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
        `timeout` seconds, `JobDeleted` if the job is deleted.
        """
        for latest in watch(self._transport, job, timeout=timeout, patience=patience):
            if on_progress:
                on_progress(latest)
            if latest.is_terminal:
                return latest
            if latest.state == "deleting":
                raise JobDeleted(404, "job_deleted", f"Job {latest.id} is being deleted.")
        raise AssertionError("a watch never ends")

    def cancel(self, job: Job | str) -> Job:
        """Ask the job to stop; what is finished is kept. A job that has ended is returned unchanged."""
        return self._asked("POST", f"{path_of(job)}/cancel")

    def retry(self, job: Job | str) -> Job:
        """Begin another run of a job that has ended, for what failed or was canceled in it; what succeeded is kept.

        An answer that was lost makes no second run. Raise `Conflict` if the job still runs, or nothing is left to do.
        """
        return begin_run(self._transport, path_of(job))

    def delete(self, job: Job | str) -> Job:
        """Stop the job if it still runs, and remove its source, its results and every record of it, for good.

        The job is returned as `deleting`; its id is known for a few minutes more. Raise `NotFound` if it is not.
        """
        return self._asked("DELETE", path_of(job))

    def wait_until_gone(
        self, job: Job | str, timeout: float | None = None, *, patience: float = RESTART_SECONDS
    ) -> None:
        """Return when nothing is left of a job that is being deleted. Raise `WaitTimeout` after `timeout` seconds."""
        with suppress(NotFound):
            for _ in watch(self._transport, job, timeout=timeout, patience=patience):
                pass

    def result(self, job: Job | str, index: int = 0, variant: int = 1) -> bytes:
        """A finished picture. Raise `Conflict` while it is pending, `NotFound` if it failed, `ResultCorrupt`."""
        content = self._transport.get(result_address(path_of(job), index, variant)).content
        return verified(self.item(job, index), variant, content)

    def report(self, job: Job | str, format: ReportFormat = "jsonl") -> Iterator[bytes]:
        """What became of every item of a job that has ended, a line each, in UTF-8; in blocks, not line by line.

        All of it has arrived before the first block is given out. Raise `Conflict` while the job runs.
        """
        return fetch_report(self._transport, f"{path_of(job)}/report.{format}")

    def download(
        self,
        job: Job | str,
        directory: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        on_fetched: OnFetched | None = None,
    ) -> Download:
        """Write every finished picture below `directory`, each under the path it has in `results.zip`, verified.
        Where there are several variants, that is in a folder for each.

        Pictures are fetched one by one, over a few connections, and appear whole or not at all. Those already there are
        kept, so a second call goes on where the first one stopped, and a job that still runs gives what it has so far.
        A different file in the way is replaced only with `overwrite`. `on_fetched` hears of each picture.
        """
        downloader = Downloader(self._transport, path_of(job), Path(directory), overwrite=overwrite)
        return downloader.run(self.items(job, "succeeded"), on_fetched)

    def _asked(self, method: str, path: str) -> Job:
        """What may be asked again when the answer was lost."""
        return parsed(self._transport.patiently(lambda: self._transport.request(method, path)), Job.from_json)
