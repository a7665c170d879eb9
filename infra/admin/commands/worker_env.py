"""Print the environment, with its secrets, of a worker on another machine.

It is that of the PHOTOCHROM_... variables that are set here, or else that of the running embedded stack in
PHOTOCHROM_HOME. docs/operations.md describes the steps.
"""

import argparse
import os
import sys
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="", help="host of the servers, as the other machine names it")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write to this file, which only you can read")


def run(arguments: argparse.Namespace) -> int:
    # Imported here, because the gateway's image has no worker.
    from infra.admin.worker_environment import describe, worker_environment
    from infra.standalone.secret_files import with_secrets

    text = describe(worker_environment(with_secrets(os.environ), arguments.host))
    if arguments.write:
        _write_private(arguments.write, text)
    else:
        sys.stdout.write(text)
    return 0


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(descriptor, 0o600)  # The file may have existed.
        file.write(text)
