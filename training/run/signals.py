"""Ctrl-C and SIGTERM as a request to stop."""

import signal
from collections.abc import Callable
from types import FrameType


def stop_on_signals() -> Callable[[], bool]:
    """Let these signals only set a flag, which the returned function reads, so that a run can save a snapshot first."""
    stop = _Stop()
    signal.signal(signal.SIGINT, stop.request)
    signal.signal(signal.SIGTERM, stop.request)
    return stop


class _Stop:
    def __init__(self) -> None:
        self._requested = False

    def request(self, _signal: int, _frame: FrameType | None) -> None:
        self._requested = True

    def __call__(self) -> bool:
        return self._requested
