"""Following a job: wait, download, print a summary, and show how to resume after an interruption."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import typer

from photochrom.client import Client
from photochrom.errors import JobDeleted, PhotochromError
from photochrom.responses import Item, Job, Verdict
from photochrom.results.download import Download
from photochrom.results.files import check_directory

from .exit_codes import ExitCode, code_for, code_for_error
from .formatting import single_line
from .output import MOST_LISTED, job_json, print_json, print_summary
from .progress import ProgressDisplay

MOST_EXAMINED = 1000
"""A summary looks at this many skipped items for ones to list: an archive may have any number of folders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowOptions:
    """The options of the commands that can follow a job."""

    url: str | None
    wait: bool = False
    output: Path | None = None
    overwrite: bool = False
    as_json: bool = False
    # For a download that does not wait.
    verdict: Verdict | None = None

    def check(self) -> None:
        """Raise `TargetError` now rather than after an upload and a job of hours, if results cannot be written."""
        if self.output:
            check_directory(self.output)

    def resume_command(self, job: Job) -> str:
        words = ["photochrom", "status", job.id, "--wait"]
        if self.verdict:
            words = ["photochrom", "download", job.id, "--verdict", self.verdict]
        words += ["--output", str(self.output)] if self.output else []
        words += ["--overwrite"] if self.overwrite else []
        words += ["--url", self.url] if self.url else []
        return shlex.join(words)


def open_client(url: str | None, progress: ProgressDisplay | None = None) -> Client:
    display = progress or ProgressDisplay()
    try:
        return Client(url, on_retry=progress.retrying if progress else None, on_silence=display.silent)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--url or PHOTOCHROM_URL") from error


@contextmanager
def interrupted_upload(progress: ProgressDisplay) -> Iterator[None]:
    """Explain, on Ctrl-C, that the job may or may not exist: the response with its id did not arrive."""
    try:
        yield
    except KeyboardInterrupt as error:
        progress.close()
        print(
            "photochrom: interrupted before the service confirmed the job. Check with: photochrom list",
            file=sys.stderr,
        )
        raise typer.Exit(ExitCode.INTERRUPTED) from error


def announce(job: Job, options: FollowOptions) -> None:
    """Print only the id to stdout, for `JOB=$(photochrom submit …)`."""
    if options.as_json:
        print_json(dict(job.raw))
    else:
        print(job.id)
        print(f"Watch it with: {options.resume_command(job)}", file=sys.stderr)


def follow(client: Client, progress: ProgressDisplay, job: Job, options: FollowOptions) -> None:
    """Wait and download as the options require, print a summary, and exit with the matching code."""
    try:
        job, download = _wait_and_download(client, progress, job, options)
    except KeyboardInterrupt as error:
        progress.close()
        if options.as_json:
            print_json(dict(job.raw))
        print(f"Interrupted. Job {job.id} continues on the service. Resume with:", file=sys.stderr)
        print(f"  {options.resume_command(job)}", file=sys.stderr)
        raise typer.Exit(ExitCode.INTERRUPTED) from error
    except JobDeleted:
        raise
    except PhotochromError as error:
        progress.close()
        print(f"photochrom: {single_line(str(error))}", file=sys.stderr)
        print(f"Job {job.id} is not affected. Resume with:", file=sys.stderr)
        print(f"  {options.resume_command(job)}", file=sys.stderr)
        raise typer.Exit(code_for_error(error)) from error
    progress.close()
    _report(client, job, download, as_json=options.as_json)
    is_partial = download is not None and bool(download.left_out or not job.is_terminal)
    raise typer.Exit(ExitCode.INCOMPLETE if is_partial else code_for(job))


def _wait_and_download(
    client: Client, progress: ProgressDisplay, job: Job, options: FollowOptions
) -> tuple[Job, Download | None]:
    if options.output is None:
        return (client.wait(job, on_progress=progress.job) if options.wait else job), None
    if options.wait:
        return client.wait_and_download(
            job,
            options.output,
            overwrite=options.overwrite,
            on_progress=progress.job,
            on_fetched=progress.fetched,
        )
    progress.job(job)
    return job, client.download(
        job, options.output, overwrite=options.overwrite, verdict=options.verdict, on_fetched=progress.fetched
    )


def _report(client: Client, job: Job, download: Download | None, *, as_json: bool) -> None:
    if as_json:
        print_json(job_json(job, download))
    else:
        failed = islice(client.items(job, "failed"), MOST_LISTED) if job.counts.failed and job.is_kept else ()
        print_summary(job, failed, _skipped(client, job), download)
    if download and not job.is_terminal:
        print("The job has not ended. Run the same command again to download the rest.", file=sys.stderr)


def _skipped(client: Client, job: Job) -> list[Item]:
    """The first skipped items, for a summary. The folders in an archive are of no interest there."""
    if job.counts.skipped <= job.skip_reasons.get("directory", 0) or not job.is_kept:
        return []
    skipped = islice(client.items(job, "skipped"), MOST_EXAMINED)
    return list(islice((item for item in skipped if item.error is None or item.error.code != "directory"), MOST_LISTED))
