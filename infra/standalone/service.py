"""A service of the stack: its command, its environment, and how the supervisor handles it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from signal import SIGTERM, Signals

Ready = Callable[[Path], bool]
"""Readiness check, given the path of the service's log. Returns within a second or two and never raises."""

# By default glibc gives each thread its own arena and never returns the memory.
FEW_ARENAS = {"MALLOC_ARENA_MAX": "2"}
# For processes that only pass large blocks through: these return to the system at once and do not fragment the heap.
LEAN_MEMORY = {**FEW_ARENAS, "MALLOC_MMAP_THRESHOLD_": str(4 << 20)}


class OnExit(StrEnum):
    """How the supervisor reacts when a process of this service exits by itself."""

    STOP = "stop"  # Essential: stop the whole stack and report the service.
    RESTART = "restart"  # May exit by itself: restart it with exponential backoff.
    ONCE = "once"  # Runs once and must exit with 0.


@dataclass(frozen=True, kw_only=True)
class Service:
    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to the supervisor's environment."""
    ready: Ready | None = None
    """None: ready as soon as it runs."""
    address: str = ""
    on_exit: OnExit = OnExit.STOP
    restart_codes: frozenset[int] = frozenset()
    """Exit codes after which an essential service is restarted all the same: what it lacked may come back."""
    start_seconds: float = 60.0
    stop_signal: Signals = SIGTERM
    grace_seconds: float = 10.0
    """Time to stop after a signal; then it is killed."""
