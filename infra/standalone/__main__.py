"""`python -m infra.standalone`: the command line. `commands` implements the commands."""

import argparse
import sys
from functools import partial

from infra.standalone import commands
from infra.standalone.errors import StackError
from infra.standalone.extra_workers import run_worker, start_worker
from infra.standalone.stack import ROLES


def main() -> int:
    arguments = parser().parse_args()
    try:
        match arguments.command:
            case "run":
                return commands.run(examples=arguments.examples)
            case "worker":
                add = start_worker if arguments.background else partial(run_worker, name=arguments.name)
                return add(arguments.role)
            case "up":
                return commands.up()
            case "down":
                return commands.down()
            case _:
                return commands.status()
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.standalone",
        description="Run Photochrom on one machine: servers, gateway and workers, on loopback.",
        epilog="Environment: PHOTOCHROM_HOME is the data folder (default ./.photochrom), PHOTOCHROM_PORT the port of "
        "the gateway (default 8000), PHOTOCHROM_WORKERS the number of bulk workers (default 1). "
        "PHOTOCHROM_MONGO__URL, PHOTOCHROM_REDIS__URL and "
        "PHOTOCHROM_STORAGE__ENDPOINT_URL select existing servers, which are then not started.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="start everything, colorize the examples, and serve until Ctrl-C")
    run.add_argument("--no-examples", dest="examples", action="store_false", help="do not colorize the examples")
    commands.add_parser("up", help="start everything in the background and wait until it is ready")
    commands.add_parser("down", help="stop the running stack")
    commands.add_parser("status", help="list the running processes")
    worker = commands.add_parser("worker", help="add a worker to the running stack, until Ctrl-C")
    worker.add_argument("--role", choices=ROLES, default="bulk")
    worker.add_argument("--background", action="store_true", help="return when it is ready; `down` stops it")
    worker.add_argument("--name", default="", help=argparse.SUPPRESS)  # Of a worker in the background.
    return parser


if __name__ == "__main__":
    sys.exit(main())
