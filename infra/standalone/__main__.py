"""`python -m infra.standalone`: the command line. What the commands do is in `commands`."""

import argparse
import sys

from infra.standalone import commands
from infra.standalone.errors import StackError
from infra.standalone.stack import ROLES


def main() -> int:
    arguments = parser().parse_args()
    try:
        match arguments.command:
            case "run":
                return commands.run(examples=arguments.examples)
            case "worker":
                return commands.worker(arguments.role)
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
        description="Photochrom on one machine: servers, gateway and workers, on loopback.",
        epilog="The environment says where: PHOTOCHROM_HOME (./.photochrom), PHOTOCHROM_PORT (8000). A server that "
        "PHOTOCHROM_MONGO__URL, PHOTOCHROM_REDIS__URL or PHOTOCHROM_STORAGE__ENDPOINT_URL names is used, not started.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser("run", help="start everything, colorize the examples, serve until Ctrl-C")
    run.add_argument("--no-examples", dest="examples", action="store_false", help="only serve")
    commands.add_parser("up", help="start everything in the background; returns when it is ready")
    commands.add_parser("down", help="stop it")
    commands.add_parser("status", help="say what runs")
    worker = commands.add_parser("worker", help="one more worker for the running stack, until Ctrl-C")
    worker.add_argument("--role", choices=ROLES, default="bulk")
    return parser


if __name__ == "__main__":
    sys.exit(main())
