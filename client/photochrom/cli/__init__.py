"""The `photochrom` command: the SDK at a terminal, with progress, summaries and exit codes."""

# In this order they are listed.
from . import submit, queries, actions  # noqa: F401, I001
from .app import app

__all__ = ["app", "main"]


def main() -> None:
    app(prog_name="photochrom")
