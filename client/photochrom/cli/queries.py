"""The commands that only read: status, items, download, report, list, models."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from photochrom.client import Client
from photochrom.responses import ItemState, Job, JobState, ReportFormat, Verdict

from .app import JSON, URL, JobId, Output, Overwrite, Wait, app
from .exit_codes import EXIT_CODES, ExitCode
from .follow import FollowOptions, follow, open_client
from .output import json_document, print_items, print_jobs, print_json_list, print_models, write_blocks
from .progress import ProgressDisplay


@app.command(epilog=EXIT_CODES)
def status(
    job: Annotated[str | None, typer.Argument(metavar="[JOB]", help="The job's id.  [default: your last job]")] = None,
    *,
    wait: Wait = False,
    output: Output = None,
    overwrite: Overwrite = False,
    json: JSON = False,
    url: URL = None,
) -> None:
    """Show the state of a job, or wait until it has ended."""
    options = FollowOptions(url=url, wait=wait or output is not None, output=output, overwrite=overwrite, as_json=json)
    options.check()
    with ProgressDisplay() as progress, open_client(url, progress) as client:
        follow(client, progress, client.job(job) if job else _last_job(client), options)


@app.command()
def items(
    job: JobId,
    *,
    state: Annotated[ItemState | None, typer.Option(help="List only items in this state.")] = None,
    verdict: Annotated[Verdict | None, typer.Option(help="List only items with this verdict.")] = None,
    json: JSON = False,
    url: URL = None,
) -> None:
    """List the items of a job, with the error of each failed one."""
    with open_client(url) as client:
        (print_json_list if json else print_items)(client.items(job, state, verdict=verdict))


@app.command(epilog=EXIT_CODES)
def download(
    job: JobId,
    *,
    output: Annotated[Path, typer.Option(metavar="DIR", file_okay=False, help="Download the results into DIR.")],
    overwrite: Overwrite = False,
    verdict: Annotated[Verdict | None, typer.Option(help="Download only results with this verdict.")] = None,
    json: JSON = False,
    url: URL = None,
) -> None:
    """Download the results. Run again to download missing ones."""
    options = FollowOptions(url=url, output=output, overwrite=overwrite, as_json=json, verdict=verdict)
    options.check()
    with ProgressDisplay() as progress, open_client(url, progress) as client:
        follow(client, progress, client.job(job), options)


@app.command()
def report(
    job: JobId,
    *,
    format: Annotated[
        ReportFormat | None, typer.Option(help="[default: csv if FILE ends in .csv, else jsonl]", show_default=False)
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Write to FILE instead of stdout.")
    ] = None,
    json: JSON = False,
    url: URL = None,
) -> None:
    """Print the report of a job: a line per result. While the job runs, it shows what is finished so far.

    Items without a result have a line, too. CSV is safe to open in a spreadsheet: an apostrophe precedes text that
    would be a formula.
    """
    if json and format == "csv":
        raise typer.BadParameter("A CSV is not JSON. Omit one of the options.", param_hint="--json and --format csv")
    if json:
        with open_client(url) as client:
            write_blocks(json_document(client.report(job, "jsonl", on_incomplete=_warn)), output)
        return
    default: ReportFormat = "csv" if output and output.suffix.lower() == ".csv" else "jsonl"
    with open_client(url) as client:
        write_blocks(client.report(job, format or default, on_incomplete=_warn), output)


@app.command("list")
def list_jobs(
    *,
    state: Annotated[JobState | None, typer.Option(help="Show only jobs in this state.")] = None,
    label: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Show only jobs with this label. Repeatable.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="Show at most N jobs.")] = 20,
    json: JSON = False,
    url: URL = None,
) -> None:
    """List your jobs, newest first."""
    with open_client(url) as client:
        (print_json_list if json else print_jobs)(islice(client.jobs(state, label or ()), limit))


@app.command("models")
def list_models(json: JSON = False, url: URL = None) -> None:
    """List the colorizers that --model can select."""
    with open_client(url) as client:
        (print_json_list if json else print_models)(client.models())


def _warn() -> None:
    print("The job has not ended: this report shows what is finished so far.", file=sys.stderr)


def _last_job(client: Client) -> Job:
    """The newest job, whatever its state."""
    job = next(client.jobs(), None)
    if job is None:
        print("photochrom: You have no job yet. Create one with: photochrom submit SOURCE", file=sys.stderr)
        raise typer.Exit(ExitCode.SERVICE)
    return job
