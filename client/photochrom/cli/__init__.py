"""The `photochrom` command: the client at a terminal, with progress, summaries and exit codes."""

# The order in which --help lists the commands.
from . import submit, queries, actions  # noqa: F401, I001
from .app import app

__all__ = ["app", "main"]


def main() -> None:
    app(prog_name="photochrom")
