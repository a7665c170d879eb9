"""Builds the web page if its inputs have changed, or runs npm in `web/`."""

import argparse
import sys
from pathlib import Path

from infra.page.build import BuildFailed, build_page, run_npm
from infra.page.node import NodeMissing

REPOSITORY = Path(__file__).resolve().parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.page", description=__doc__)
    parser.add_argument("--optional", action="store_true", help="if it cannot be built, say so and exit with 0")
    parser.add_argument("npm", nargs="*", metavar="ARGUMENT", help="run npm with these arguments instead")
    arguments = parser.parse_args()
    optional: bool = arguments.optional
    try:
        if arguments.npm:
            run_npm(REPOSITORY, *arguments.npm)
            return 0
        if not build_page(REPOSITORY) and not optional:
            print("The page is up to date.")
    except (NodeMissing, BuildFailed) as error:
        print(f"The web page was not built: {error}", file=sys.stderr)
        if optional:
            print("Everything else works without it. `make web` tries again.", file=sys.stderr)
        return 0 if optional else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
