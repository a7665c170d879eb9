"""The application that the commands belong to, and the options that several of them share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from photochrom import __version__
from photochrom.client import DEFAULT_URL

from .exit_codes import EXIT_CODES, Commands

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
        print(f"photochrom {__version__}")
        raise typer.Exit


@app.callback()
def photochrom(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Colorize archives of black-and-white photographs."""
