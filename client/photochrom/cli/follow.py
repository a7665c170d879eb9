"""Seeing a job through: waiting for it, fetching its results, the closing word, and how to go on when interrupted."""

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
from photochrom.responses import Job
from photochrom.results.download import Download

from .exit_codes import ExitCode, code_for
from .output import NAMED, job_json, print_json, print_summary
from .progress import Watch


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked to see of a job, in the options that several commands share."""

    url: str | None
    wait: bool = False
    output: Path | None = None
    overwrite: bool = False
    as_json: bool = False

    def resume_command(self, job: Job) -> str:
        words = ["photochrom", "status", job.id, "--wait"]
        words += ["--output", str(self.output)] if self.output else []
        words += ["--overwrite"] if self.overwrite else []
        words += ["--url", self.url] if self.url else []
        return shlex.join(words)


def open_client(url: str | None, watch: Watch | None = None) -> Client:
    try:
        return Client(url, on_retry=watch.retrying if watch else None)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--url or PHOTOCHROM_URL") from error


@contextmanager
def interrupted_upload(watch: Watch) -> Iterator[None]:
    """Say, on Ctrl-C, that the job is not there, or that its id is not known: the answer was not heard."""
    try:
        yield
    except KeyboardInterrupt as error:
        watch.close()
        print(
            "photochrom: interrupted before the service had taken the job; see photochrom list.",
            file=sys.stderr,
        )
        raise typer.Exit(ExitCode.INTERRUPTED) from error


def announce(job: Job, wanted: Wanted) -> None:
    """The id alone on stdout, for `JOB=$(photochrom submit …)`."""
    if wanted.as_json:
        print_json(dict(job.raw))
    else:
        print(job.id)
        print(f"Watch it with: {wanted.resume_command(job)}", file=sys.stderr)


def follow(client: Client, watch: Watch, job: Job, wanted: Wanted) -> None:
    """Wait and fetch as far as wanted, print how it went, and exit with the code for it."""
    download = None
    try:
        if wanted.wait:
            job = client.wait(job, on_progress=watch.job)
        if wanted.output:
            watch.job(job)
            download = client.download(job, wanted.output, overwrite=wanted.overwrite, on_fetched=watch.fetched)
    except KeyboardInterrupt as error:
        watch.close()
        if wanted.as_json:
            print_json(dict(job.raw))
        print(f"Interrupted. Job {job.id} goes on by itself; resume with:", file=sys.stderr)
        print(f"  {wanted.resume_command(job)}", file=sys.stderr)
        raise typer.Exit(ExitCode.INTERRUPTED) from error
    watch.close()
    _report(client, job, download, as_json=wanted.as_json)
    is_partial = download is not None and bool(download.left_out or not job.is_terminal)
    raise typer.Exit(ExitCode.INCOMPLETE if is_partial else code_for(job))


def _report(client: Client, job: Job, download: Download | None, *, as_json: bool) -> None:
    if as_json:
        print_json(job_json(job, download))
    else:
        failed = islice(client.items(job, "failed"), NAMED) if job.counts.failed else ()
        print_summary(job, failed, download)
    if download and not job.is_terminal:
        print("The job has not ended; the same command fetches the rest later.", file=sys.stderr)
