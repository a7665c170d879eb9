"""The commands, one function each: options in, one call of the SDK or a few, a report out."""

from __future__ import annotations

from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from photochrom.client import DEFAULT_URL
from photochrom.models import Format, ItemState, ReportFormat

from .exits import EXIT_CODES, Commands
from .follow import Wanted, announce, follow, interrupted_upload, open_client
from .progress import Watch
from .report import print_items, print_jobs, print_json, print_json_list, write_blocks

app = typer.Typer(
    cls=Commands,
    help="Colorize archives of black-and-white photographs.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

JobId = Annotated[str, typer.Argument(metavar="JOB", help="The job's id.")]
URL = Annotated[
    str | None, typer.Option(help=f"The service's address; PHOTOCHROM_URL, or {DEFAULT_URL}, if not given.")
]
JSON = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout, and nothing else.")]
Wait = Annotated[bool, typer.Option("--wait", help="Watch the job until it has ended.")]
Output = Annotated[
    Path | None,
    typer.Option(metavar="DIR", file_okay=False, help="Write the results below DIR; waits for them first."),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace different files that are in a result's place.")]


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"photochrom {metadata.version('photochrom')}")
        raise typer.Exit


@app.callback()
def photochrom(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Colorize archives of black-and-white photographs."""


@app.command(epilog=EXIT_CODES)
def submit(
    source: Annotated[
        Path,
        typer.Argument(metavar="SOURCE", exists=True, help="A picture, an archive, or a folder (sent as a tar)."),
    ],
    wait: Wait = False,
    output: Output = None,
    vividness: Annotated[
        float | None, typer.Option(min=0, max=1.5, help="0 is cautious, 1 as learned, 1.5 vivid.")
    ] = None,
    format: Annotated[Format | None, typer.Option(help="The results' format.")] = None,
    quality: Annotated[int | None, typer.Option(min=1, max=100, help="For JPEG and WebP.")] = None,
    model: Annotated[str | None, typer.Option(help="Which colorizer to use.")] = None,
    overwrite: Overwrite = False,
    json: JSON = False,
    url: URL = None,
) -> None:
    """Submit a picture, an archive or a folder.

    Prints the job's id; with --wait or --output, watches the job to its end and sums it up.
    """
    _refuse_output_inside(source, output)
    wanted = Wanted(url, wait or output is not None, output, overwrite, json)
    with Watch() as watch, open_client(url, watch) as client:
        with interrupted_upload(watch):
            job = client.submit(
                source,
                model=model,
                vividness=vividness,
                format=format,
                quality=quality,
                on_progress=watch.sent,
            )
        if wanted.wait:
            follow(client, watch, job, wanted)
    announce(job, wanted)


def _refuse_output_inside(source: Path, output: Path | None) -> None:
    """Submitted again, the folder would hold its own results."""
    if output and source.is_dir() and output.resolve().is_relative_to(source.resolve()):
        raise typer.BadParameter("The results would land in the folder that is sent.", param_hint="--output")


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


@app.command()
def cancel(job: JobId, json: JSON = False, url: URL = None) -> None:
    """Stop a job; what is finished is kept."""
    with open_client(url) as client:
        canceled = client.cancel(job)
    if json:
        print_json(dict(canceled.raw))
    else:
        print_jobs([canceled])


@app.command("list")
def list_jobs(
    limit: Annotated[int, typer.Option(min=1, help="How many jobs at most.")] = 20,
    json: JSON = False,
    url: URL = None,
) -> None:
    """List your jobs, newest first."""
    with open_client(url) as client:
        (print_json_list if json else print_jobs)(islice(client.jobs(), limit))
