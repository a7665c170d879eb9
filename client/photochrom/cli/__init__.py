"""The `photochrom` command: the SDK at a terminal, with progress, summaries and exit codes."""

from .commands import app

__all__ = ["app", "main"]


def main() -> None:
    app(prog_name="photochrom")
