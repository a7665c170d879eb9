"""Print all metrics of all processes, or write them into docs/monitoring.md."""

import argparse
import sys
from pathlib import Path

from infra.admin.metrics_page import metrics_table, with_table


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--write", type=Path, metavar="FILE", help="write them into this Markdown file, between marks")


def run(arguments: argparse.Namespace) -> int:
    if arguments.write:
        arguments.write.write_text(with_table(arguments.write.read_text()))
    else:
        sys.stdout.write(metrics_table())
    return 0
