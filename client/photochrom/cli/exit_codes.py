"""Exit codes, and the one place where an error becomes a message on stderr and a code."""

from __future__ import annotations

import sys
from enum import IntEnum
from typing import Any

import typer
from typer.core import TyperGroup

from photochrom.errors import JobDeleted, KeyFileUnsafe, PhotochromError, SourceError, TargetError
from photochrom.responses import Job

from .formatting import single_line


class ExitCode(IntEnum):
    SUCCEEDED = 0
    INCOMPLETE = 1
    USAGE = 2
    SERVICE = 3
    INTERRUPTED = 130


EXIT_CODES = """\b
Exit codes:
  0    every item succeeded, or nothing has failed so far (skipped items do not count as failed)
  1    an item or the job failed, the job expired, was canceled or deleted, or a result was not downloaded
  2    wrong usage, or a local file cannot be read or written
  3    the service cannot be reached, or it rejected the request
  130  interrupted
"""


def code_for(job: Job) -> ExitCode:
    return ExitCode.SUCCEEDED if job.is_clean else ExitCode.INCOMPLETE


def code_for_error(error: PhotochromError) -> ExitCode:
    if isinstance(error, SourceError | TargetError | KeyFileUnsafe):
        return ExitCode.USAGE
    return ExitCode.INCOMPLETE if isinstance(error, JobDeleted) else ExitCode.SERVICE


class ErrorHandlingGroup(TyperGroup):
    """Turns expected errors of all commands into one line and an exit code; a traceback means a bug."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except PhotochromError as error:
            print(f"photochrom: {single_line(str(error))}", file=sys.stderr)
            raise typer.Exit(code_for_error(error)) from error
        except KeyboardInterrupt as error:
            print("photochrom: interrupted.", file=sys.stderr)
            raise typer.Exit(ExitCode.INTERRUPTED) from error
