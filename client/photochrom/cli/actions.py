"""The commands that change a job: cancel, retry, delete."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from photochrom.client import Client
from photochrom.errors import NotFound
from photochrom.heartbeat import heartbeat
from photochrom.responses import Job

from .app import JSON, URL, JobId, Output, Overwrite, Wait, app
from .arguments import parse_items, parse_moment
from .exit_codes import EXIT_CODES, ExitCode
from .follow import FollowOptions, announce, follow, open_client
from .formatting import plural, single_line
from .output import print_jobs, print_json, print_json_list
from .progress import ProgressDisplay


@app.command()
def cancel(job: JobId, json: JSON = False, url: URL = None) -> None:
    """Cancel a job. Finished items are kept."""
    with open_client(url) as client:
        canceled = client.cancel(job)
    if json:
        print_json(dict(canceled.raw))
    else:
        print_jobs([canceled])


@app.command(epilog=EXIT_CODES)
def retry(
    job: JobId,
    *,
    deadline: Annotated[
        str | None,
        typer.Option(callback=parse_moment, metavar="TIME", help="The job's new deadline: a time, or 2h from now."),
    ] = None,
    items: Annotated[
        str | None,
        typer.Option(metavar="LIST", help="Only failed items with these indexes, such as 0,5,7-9."),
    ] = None,
    wait: Wait = False,
    output: Output = None,
    overwrite: Overwrite = False,
    json: JSON = False,
    url: URL = None,
) -> None:
    """Retry the failed, expired and canceled items of a job.

    The job must have ended; its succeeded items are kept.

    Prints the job's id, or with --wait or --output a summary of the job when it has ended.
    """
    options = FollowOptions(url=url, wait=wait or output is not None, output=output, overwrite=overwrite, as_json=json)
    options.check()
    selected = parse_items(items)
    with ProgressDisplay() as progress, open_client(url, progress) as client:
        retried = client.retry(job, deadline, selected)
        if options.wait:
            follow(client, progress, retried, options)
    announce(retried, options)


@app.command(epilog=EXIT_CODES)
def delete(
    jobs: Annotated[list[str], typer.Argument(metavar="JOB", help="The jobs' ids.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without confirmation.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until nothing is left of the jobs (minutes).")] = False,
    json: JSON = False,
    url: URL = None,
) -> None:
    """Delete jobs permanently, with sources and results.

    Running jobs are stopped first.
    """
    with open_client(url) as client:
        deleted = _for_each(jobs if yes else _confirmed(client, jobs), client.delete)
        (print_json_list if json else print_jobs)(deleted)
        if wait and deleted:
            _wait_until_gone(client, deleted)
    if len(deleted) < len(jobs):
        raise typer.Exit(ExitCode.SERVICE)


def _wait_until_gone(client: Client, jobs: list[Job]) -> None:
    """Say at once that this takes long, and then that it continues: a dot every 1.5 seconds, on the same line."""
    message = f"Waiting until {plural(len(jobs), 'job')} and all files are gone (about two minutes) "
    print(message, end="", file=sys.stderr, flush=True)
    try:
        with heartbeat(lambda _: print(".", end="", file=sys.stderr, flush=True)):
            for job in jobs:
                client.wait_until_gone(job)
        print(" gone.", end="", file=sys.stderr)
    finally:
        print(file=sys.stderr)


def _confirmed(client: Client, jobs: list[str]) -> list[str]:
    """Show the jobs that exist, ask for confirmation, and return their ids."""
    if sys.stdin is None or not sys.stdin.isatty():
        print("photochrom: Refusing to delete without confirmation: not a terminal. Pass --yes.", file=sys.stderr)
        raise typer.Exit(ExitCode.USAGE)
    existing = _for_each(jobs, client.job)
    print_jobs(existing, sys.stderr)
    if existing and not _confirm("Delete permanently, with sources and results?"):
        print("Nothing was deleted.", file=sys.stderr)
        raise typer.Exit(ExitCode.INCOMPLETE)
    return [job.id for job in existing]


def _confirm(question: str) -> bool:
    """Asks on stderr, because a program may read stdout."""
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _for_each(jobs: list[str], call: Callable[[str], Job]) -> list[Job]:
    """Call for every job; report an unknown one on stderr and continue with the others."""
    results = []
    for job in jobs:
        try:
            results.append(call(job))
        except NotFound as error:
            print(f"photochrom: {single_line(f'{job}: {error}')}", file=sys.stderr)
    return results
