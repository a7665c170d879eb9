"""The commands that change what becomes of a job: cancel it, retry it, delete it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from photochrom.client import Client
from photochrom.errors import NotFound
from photochrom.responses import Job

from .app import JSON, URL, JobId, Output, Overwrite, Wait, app
from .exit_codes import EXIT_CODES, ExitCode
from .follow import Wanted, announce, follow, open_client
from .formatting import one_line
from .output import print_jobs, print_json, print_json_list
from .progress import Watch


@app.command()
def cancel(job: JobId, json: JSON = False, url: URL = None) -> None:
    """Stop a job; what is finished is kept."""
    with open_client(url) as client:
        canceled = client.cancel(job)
    if json:
        print_json(dict(canceled.raw))
    else:
        print_jobs([canceled])


@app.command(epilog=EXIT_CODES)
def retry(
    job: JobId,
    wait: Wait = False,
    output: Output = None,
    overwrite: Overwrite = False,
    json: JSON = False,
    url: URL = None,
) -> None:
    """Try again what failed or was canceled.

    The job has to have ended; what succeeded in it is kept.

    Prints the job's id; with --wait or --output, watches the job to its end and sums it up.
    """
    wanted = Wanted(url, wait or output is not None, output, overwrite, json)
    with Watch() as watch, open_client(url, watch) as client:
        begun = client.retry(job)
        if wanted.wait:
            follow(client, watch, begun, wanted)
    announce(begun, wanted)


@app.command(epilog=EXIT_CODES)
def delete(
    jobs: Annotated[list[str], typer.Argument(metavar="JOB", help="The jobs' ids.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Return when nothing is left of them; takes minutes.")] = False,
    json: JSON = False,
    url: URL = None,
) -> None:
    """Remove jobs for good.

    Their sources and results go with them; those that run are stopped.
    """
    with open_client(url) as client:
        deleted = _each(jobs if yes else _confirmed(client, jobs), client.delete)
        (print_json_list if json else print_jobs)(deleted)
        if wait:
            for job in deleted:
                client.wait_until_gone(job)
    if len(deleted) < len(jobs):
        raise typer.Exit(ExitCode.SERVICE)


def _confirmed(client: Client, jobs: list[str]) -> list[str]:
    """Those of the jobs that are known, once they were shown and are really meant."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise typer.BadParameter("There is no terminal to ask at; say --yes.", param_hint="JOB")
    found = _each(jobs, client.job)
    print_jobs(found, sys.stderr)
    if found and not _is_affirmed("Delete for good, with sources and results?"):
        print("Nothing was deleted.", file=sys.stderr)
        raise typer.Exit(ExitCode.INCOMPLETE)
    return [job.id for job in found]


def _is_affirmed(question: str) -> bool:
    """Asked on stderr: what goes to stdout may be read by a program."""
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _each(jobs: list[str], ask: Callable[[str], Job]) -> list[Job]:
    """What is answered for each; one that is not known is named, and does not stop the others."""
    answers = []
    for job in jobs:
        try:
            answers.append(ask(job))
        except NotFound as error:
            print(f"photochrom: {one_line(f'{job}: {error}')}", file=sys.stderr)
    return answers
