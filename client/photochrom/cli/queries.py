"""The commands that look, one function each: options in, one call of the SDK or a few, a report out."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from photochrom.responses import ItemState, ReportFormat

from .app import JSON, URL, JobId, Output, Overwrite, Wait, app
from .exit_codes import EXIT_CODES
from .follow import Wanted, follow, open_client
from .output import print_items, print_jobs, print_json_list, print_models, write_blocks
from .progress import Watch


@app.command(epilog=EXIT_CODES)
def status(
    job: JobId,
    wait: Wait = False,
    output: Output = None,
    overwrite: Overwrite = False,
    json: JSON = False,
    url: URL = None,
) -> None:
    """Say how a job stands, or watch it to its end."""
    wanted = Wanted(url, wait or output is not None, output, overwrite, json)
    with Watch() as watch, open_client(url, watch) as client:
        follow(client, watch, client.job(job), wanted)


@app.command()
def items(
    job: JobId,
    state: Annotated[ItemState | None, typer.Option(help="Only the items in this state.")] = None,
    json: JSON = False,
    url: URL = None,
) -> None:
    """List a job's items, with the reason of each that failed."""
    with open_client(url) as client:
        (print_json_list if json else print_items)(client.items(job, state))


@app.command(epilog=EXIT_CODES)
def download(
    job: JobId,
    output: Annotated[Path, typer.Option(metavar="DIR", file_okay=False, help="Write the results below DIR.")],
    overwrite: Overwrite = False,
    json: JSON = False,
    url: URL = None,
) -> None:
    """Fetch the results; called again, fetch what is missing."""
    with Watch() as watch, open_client(url, watch) as client:
        follow(client, watch, client.job(job), Wanted(url, False, output, overwrite, json))


@app.command()
def report(
    job: JobId,
    format: Annotated[
        ReportFormat | None, typer.Option(help="By default csv if FILE is called so, else jsonl.", show_default=False)
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", dir_okay=False, help="Write it to FILE, not to stdout.")
    ] = None,
    url: URL = None,
) -> None:
    """Say what became of every item of a job that has ended, a line each.

    CSV is safe to open in a spreadsheet: what would be a formula there has an apostrophe before it.
    """
    by_name: ReportFormat = "csv" if output and output.suffix.lower() == ".csv" else "jsonl"
    with open_client(url) as client:
        write_blocks(client.report(job, format or by_name), output)


@app.command("list")
def list_jobs(
    limit: Annotated[int, typer.Option(min=1, help="How many jobs at most.")] = 20,
    json: JSON = False,
    url: URL = None,
) -> None:
    """List your jobs, newest first."""
    with open_client(url) as client:
        (print_json_list if json else print_jobs)(islice(client.jobs(), limit))


@app.command("models")
def list_models(json: JSON = False, url: URL = None) -> None:
    """List the colorizers that --model can name."""
    with open_client(url) as client:
        (print_json_list if json else print_models)(client.models())
