"""The subcommands, discovered: each public module of `infra.admin.commands` is one."""

import argparse
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Protocol, cast

from infra.admin import commands


class Command(Protocol):
    """What a module in `infra/admin/commands/` has."""

    __doc__: str | None

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Return the exit code. Raise PhotochromError for what the operator can correct."""


def subcommands() -> Iterator[tuple[str, Command]]:
    """Name and module of each, by name."""
    for module in pkgutil.iter_modules(commands.__path__):
        if not module.name.startswith("_"):
            name = f"{commands.__name__}.{module.name}"
            yield module.name.replace("_", "-"), cast(Command, importlib.import_module(name))


def add_subcommands(parser: argparse.ArgumentParser) -> None:
    added = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in subcommands():
        text = inspect.cleandoc(command.__doc__ or "")
        subparser = added.add_parser(
            name,
            help=text.partition("\n")[0].rstrip("."),
            description=text,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.configure(subparser)
        subparser.set_defaults(run=command.run)
