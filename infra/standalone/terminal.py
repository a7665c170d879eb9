"""What the commands have in common: lines for the terminal, and signals that stop what they started."""

import signal
import sys
from contextlib import suppress
from pathlib import Path

from infra.standalone.supervisor import Supervisor


def print_line(text: str, *, error: bool = False) -> None:
    """Ignores a closed terminal, because the stack must still stop in order."""
    with suppress(OSError):
        print(text, file=sys.stderr if error else sys.stdout, flush=True)


def shown(path: Path) -> Path:
    """Relative to the current directory if it is below that."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def stop_on_signals(supervisor: Supervisor) -> None:
    signal.signal(signal.SIGINT, supervisor.request_stop)
    signal.signal(signal.SIGTERM, supervisor.request_stop)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup ignores it.
        signal.signal(signal.SIGHUP, supervisor.request_stop)
