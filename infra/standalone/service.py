"""What a service of the stack is: a command, the environment it gets, and how its supervisor treats it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from signal import SIGTERM, Signals

Ready = Callable[[Path], bool]
"""Whether the service whose log this is can be used. Answers within a second or two and never raises."""

# For glibc, which would give each of many threads memory of its own, and keep it there.
FEW_ARENAS = {"MALLOC_ARENA_MAX": "2"}
# Where large pieces only pass through: each goes back to the system at once, and leaves no hole between smaller ones.
LEAN_MEMORY = {**FEW_ARENAS, "MALLOC_MMAP_THRESHOLD_": str(4 << 20)}


class OnExit(StrEnum):
    """What it means that a process of this service has ended without being asked to."""

    STOP = "stop"  # The stack cannot go on without it: everything is stopped and it is reported by name.
    RESTART = "restart"  # It may end itself, loudly: it is started again, after a pause that grows.
    ONCE = "once"  # It is meant to end, with 0.


@dataclass(frozen=True, kw_only=True)
class Service:
    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    """What is added to the supervisor's own environment."""
    ready: Ready | None = None
    """None: it is ready as soon as it runs."""
    address: str = ""
    on_exit: OnExit = OnExit.STOP
    start_seconds: float = 60.0
    stop_signal: Signals = SIGTERM
    grace_seconds: float = 10.0
    """How long it may take to stop before it is killed."""
