"""The client: one method per operation of the service.

`http` sends the requests, `responses` describes what comes back.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self, Unpack

from ._version import __version__
from .errors import NotFound
from .heartbeat import OnSilence
from .http.pages import all_pages
from .http.problems import parsed
from .http.transport import OnRetry, Transport
from .jobs.addresses import job_path, result_url
from .jobs.retry import start_run
from .jobs.watch import OnJob, watch, watch_to_the_end
from .keys import find_key
from .options import JobOptions, options_as_json, options_as_query
from .responses import DryRun, Item, ItemState, Job, JobState, Model, ReportFormat, Upload, Verdict
from .results.download import Download, Downloader, OnFetched, verified
from .results.following import FollowingDownload
from .results.report import fetch_report
from .sources.local import Submittable, open_source
from .sources.stored import JobItems, Manifest, Prefix, StoredSource
from .submission.body import BodySubmission, OnSent
from .submission.journal import open_journal
from .submission.multipart import Uploader, upload_path
from .submission.submit import open_sources, request_dry_run, submit_files, submit_stored
from .terms import Moment, Terms

DEFAULT_URL = "http://127.0.0.1:8000"
RESTART_SECONDS = 300.0
"""How long `wait` tolerates an unreachable gateway: long enough for a restart or a move."""


class Client:
    """A client of one Photochrom service: a context manager, and thread-safe.

    `base_url` defaults to PHOTOCHROM_URL, `api_key` to PHOTOCHROM_API_KEY, else to the content of
    `~/.config/photochrom/key`, which nobody else may read. Broken connections and transient statuses (429, 503) are
    retried for up to `patience` seconds; `on_retry` is called before each retry, and `on_silence` every 1.5 seconds
    until the service has responded once. Methods that take a job also take its id.
    Every error is a `PhotochromError`.
    """

    def __init__(
        self,
        base_url: str | None = None,
        api_key: str | None = None,
        *,
        patience: float = 30.0,
        on_retry: OnRetry | None = None,
        on_silence: OnSilence | None = None,
    ) -> None:
        """Raise `ValueError` if `base_url` is not an http(s) URL, and `KeyFileUnsafe`."""
        self._transport = Transport(
            (base_url or os.environ.get("PHOTOCHROM_URL") or DEFAULT_URL).rstrip("/"),
            find_key(api_key),
            agent=f"photochrom/{__version__}",
            patience=patience,
            on_retry=on_retry,
            on_silence=on_silence,
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
        source: Submittable | StoredSource | Sequence[Submittable | Upload],
        *,
        filename: str | None = None,
        idempotency_key: str | None = None,
        labels: Sequence[str] = (),
        deadline: Moment | None = None,
        keep: timedelta | str | None = None,
        webhook: str | None = None,
        on_progress: OnSent | None = None,
        **options: Unpack[JobOptions],
    ) -> Job:
        """Submit a picture or an archive: a path, bytes, or a binary file object. A folder is sent as a tar, and a list
        holds several pictures. Or name what is in storage: a `Prefix`, a `Manifest`, an `Upload`, or a list of uploads.

        Bodies of any size are streamed; `options` are those of `JobOptions`. A broken upload is retried with the same
        idempotency key, so that it creates one job; only an unseekable file object cannot be retried. `on_progress`
        gets the bytes sent, and their total if it is known. `labels` are names by which to find the job again, up to 16
        of 64 characters. Pictures that no worker has started on by the `deadline` become `expired`. The job and
        its results are deleted when it has been kept for so long after its end: `30d`, a timedelta, or `forever`.
        The end of the job is reported to the URL `webhook`.

        Raise `SourceError` for a source that cannot be read, and `Refused` for one that the service does not accept.
        """
        key = idempotency_key or secrets.token_urlsafe(18)
        terms = Terms(labels=labels, deadline=deadline, keep=keep, webhook=webhook)
        request = {"options": options_as_json(options), **terms.as_json()}
        if isinstance(source, Upload | Prefix | Manifest | JobItems):
            return submit_stored(self._transport, source, request, key)
        if isinstance(source, Sequence) and not isinstance(source, str | bytes):
            return submit_files(self._transport, source, request, key, on_progress)
        body = open_source(source, filename)
        query = {"filename": body.filename, **options_as_query(options), **terms.as_query()}
        submission = BodySubmission(body, query, key, on_progress)
        return parsed(submission.send(self._transport), Job.from_json)

    def dry_run(self, source: StoredSource, **options: Unpack[JobOptions]) -> DryRun:
        """Estimate the size and duration of a job for this source. Creates no job and uses up no upload.

        Raise the errors of submitting it, and those that would fail the job as a whole.
        """
        return request_dry_run(self._transport, source, options_as_json(options))

    def upload(self, source: Submittable, *, filename: str | None = None, on_progress: OnSent | None = None) -> Upload:
        """Upload a file, or a folder as a tar, for one job within a day.

        It is sent in parts, directly to the object storage where that is reachable. Raise `SourceError` also for a file
        object of unknown length.
        """
        return Uploader(self._transport, on_progress).send([open_source(source, filename)])[0]

    def upload_all(
        self, files: Sequence[Submittable | Upload], *, on_progress: OnSent | None = None, resume: bool = False
    ) -> list[Upload]:
        """Upload several files, a few at a time; an `Upload` among them is returned as it is. All or none.

        With `resume`, what was sent stays after an error, and the next such call for the same files sends the rest.
        """
        journal = open_journal(self._transport.base_url) if resume else None
        return Uploader(self._transport, on_progress, journal).send(open_sources(files))

    def find_upload(self, upload_id: str) -> Upload:
        """Get an upload by its id. Raise `NotFound`."""
        return parsed(self._transport.get(upload_path(upload_id)), Upload.from_json)

    def drop_upload(self, upload: Upload | str) -> None:
        """Remove an upload that no job uses. Raise `NotFound`, and `Conflict` if a job uses it."""
        self._transport.with_retries(lambda: self._transport.request("DELETE", upload_path(upload)))

    def models(self) -> list[Model]:
        """The colorizers that the option `model` can select; one of them is the default."""
        response = self._transport.get("/v1/models")
        return parsed(response, lambda document: [Model.from_json(model) for model in document["data"]])

    def job(self, job: Job | str) -> Job:
        """The current state of the job. Raise `NotFound`."""
        return parsed(self._transport.get(job_path(job)), Job.from_json)

    def jobs(self, state: JobState | None = None, labels: Sequence[str] = ()) -> Iterator[Job]:
        """Your jobs, newest first; only those in that state and with all of these labels. Pages are fetched as the
        iterator reaches them.
        """
        query = {"state": state, "label": list(labels) or None, "limit": "100"}
        return all_pages(self._transport, "/v1/jobs", query, Job.from_json)

    def items(
        self, job: Job | str, state: ItemState | None = None, *, verdict: Verdict | None = None
    ) -> Iterator[Item]:
        """The job's items in the order of the source. Pages are fetched as the iterator reaches them."""
        query = {"state": state, "verdict": verdict, "limit": "500"}
        return all_pages(self._transport, f"{job_path(job)}/items", query, Item.from_json)

    def item(self, job: Job | str, index: int) -> Item:
        return parsed(self._transport.get(f"{job_path(job)}/items/{index}"), Item.from_json)

    def wait(
        self,
        job: Job | str,
        timeout: float | None = None,
        on_progress: OnJob | None = None,
        *,
        patience: float = RESTART_SECONDS,
    ) -> Job:
        """Return the job when it has ended, in whatever state. `on_progress` gets it now and after every change.

        An unreachable gateway is retried for up to `patience` seconds. Raise `WaitTimeout` after `timeout` seconds, and
        `JobDeleted` if the job is deleted.
        """
        return watch_to_the_end(self._transport, job, on_progress, timeout=timeout, patience=patience)

    def cancel(self, job: Job | str) -> Job:
        """Cancel the job; finished items are kept. A job that has ended is returned unchanged."""
        return self._send("POST", f"{job_path(job)}/cancel")

    def retry(self, job: Job | str, deadline: Moment | None = None, items: Sequence[int] | None = None) -> Job:
        """Start another run of a job that has ended, for its failed, expired and canceled items, or for those failed
        ones with the indexes `items`. Succeeded items are kept. A job whose deadline has passed needs a new one.

        A lost response does not start a second run. Raise `Conflict` if the job is still running, has nothing to
        retry, or needs a deadline.
        """
        return start_run(self._transport, job_path(job), Terms(deadline=deadline).as_query(), items)

    def delete(self, job: Job | str) -> Job:
        """Stop the job if it is running, and permanently remove its source, its results and every record of it.

        The returned job is `deleting`; its id remains valid for a few minutes. Raise `NotFound` for an unknown id.
        """
        return self._send("DELETE", job_path(job))

    def wait_until_gone(
        self, job: Job | str, timeout: float | None = None, *, patience: float = RESTART_SECONDS
    ) -> None:
        """Return when a job that is being deleted is completely gone. Raise `WaitTimeout` after `timeout` seconds."""
        with suppress(NotFound):
            for _ in watch(self._transport, job, timeout=timeout, patience=patience):
                pass

    def result(self, job: Job | str, index: int = 0, variant: int = 1) -> bytes:
        """A finished picture. Raise `Conflict` while it is pending, `NotFound` after a failure, and `ResultCorrupt`."""
        content = self._transport.get(result_url(job_path(job), index, variant)).content
        return verified(self.item(job, index), variant, content)

    def report(
        self, job: Job | str, format: ReportFormat = "jsonl", *, on_incomplete: Callable[[], None] | None = None
    ) -> Iterator[bytes]:
        """The job's report: a line per item, in UTF-8. Yields blocks of bytes, not lines.

        It is downloaded completely before the first block is returned. While the job runs it is a snapshot: items that
        are not finished are `pending`, and `on_incomplete` is called.
        """
        return fetch_report(self._transport, f"{job_path(job)}/report.{format}", on_incomplete)

    def download(
        self,
        job: Job | str,
        directory: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        verdict: Verdict | None = None,
        on_fetched: OnFetched | None = None,
    ) -> Download:
        """Write every finished picture below `directory`, verified, under its path in `results.zip`. Variants have a
        folder each.

        Pictures are fetched over a few connections and written atomically. Files that are already there are kept, so a
        second call resumes the first, and a running job yields what it has so far. A different file with the same path
        is replaced only with `overwrite`. With `verdict`, only pictures with it are fetched. `on_fetched` is called for
        each picture.
        """
        downloader = Downloader(self._transport, job_path(job), Path(directory), overwrite=overwrite)
        return downloader.run(self.items(job, "succeeded", verdict=verdict), on_fetched)

    def wait_and_download(
        self,
        job: Job | str,
        directory: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        on_progress: OnJob | None = None,
        on_fetched: OnFetched | None = None,
    ) -> tuple[Job, Download]:
        """`wait` and `download` together: every result is written soon after it is finished, while the job runs."""
        following = FollowingDownload(
            self._transport, job_path(job), Path(directory), overwrite=overwrite, on_fetched=on_fetched
        )

        def changed(latest: Job) -> None:
            if on_progress:
                on_progress(latest)
            following.job_changed(latest)

        return self.wait(job, on_progress=changed), following.total()

    def _send(self, method: str, path: str) -> Job:
        """For requests that are safe to repeat after a lost response."""
        return parsed(self._transport.with_retries(lambda: self._transport.request(method, path)), Job.from_json)
