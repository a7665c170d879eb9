"""The Typer application, and the options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from photochrom import __version__
from photochrom.client import DEFAULT_URL

from .environment import warn_of_unknown_variables
from .exit_codes import EXIT_CODES, ErrorHandlingGroup

app = typer.Typer(
    cls=ErrorHandlingGroup,
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
    str | None,
    typer.Option(
        metavar="URL",
        help=f"The address of the service.  [default: PHOTOCHROM_URL, else {DEFAULT_URL}]",
        show_default=False,
    ),
]
JSON = Annotated[bool, typer.Option("--json", help="Print a single JSON document to stdout.")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait until the job has ended, and print a summary.")]
Output = Annotated[
    Path | None,
    typer.Option(metavar="DIR", file_okay=False, help="Wait for the results and download them into DIR."),
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace existing files that differ from the results."),
]


def _show_version(requested: bool) -> None:
    if requested:
        print(f"photochrom {__version__}")
        raise typer.Exit


@app.callback()
def photochrom(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Colorize archives of black-and-white photographs."""
    warn_of_unknown_variables()
