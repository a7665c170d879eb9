"""`photochrom-admin`, or `python -m infra.admin`: the command line. `commands` has the subcommands."""

import argparse
import sys

from infra.admin.environment import use_running_stack
from infra.admin.registry import add_subcommands
from shared.errors import PhotochromError
from shared.log import configure_logging
from shared.startup import InvalidSettings


def main() -> int:
    """0: done. 1: it failed or found something wrong. 2: wrong arguments or settings."""
    arguments = parser().parse_args()
    configure_logging("admin")
    try:
        use_running_stack()
        return int(arguments.run(arguments))
    except InvalidSettings as error:
        print(f"photochrom-admin {arguments.command}: {error.detail}", file=sys.stderr)
        return 2
    except PhotochromError as error:
        print(f"photochrom-admin {arguments.command}: {error.detail}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="photochrom-admin",
        description="Operate Photochrom. It reads the same PHOTOCHROM_… variables as the service.",
    )
    add_subcommands(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
