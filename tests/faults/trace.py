"""What every process did at its border, call by call: written by the saboteurs, read by the tests."""

import json
import os
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

BEGIN, END, ERROR = "begin", "end", "error"


@dataclass(frozen=True)
class Call:
    """One line of the trace. `at` is the machine's monotonic clock, so lines of several processes can be compared."""

    at: float
    pid: int
    process: str
    phase: str
    method: str
    # Ids, tokens, keys, numbers among the arguments, in their order.
    words: list[Any]
    job: str | None = None
    tag: str | None = None
    answer: Any = None


class TraceWriter:
    """Whole lines, appended by any number of processes, one of which may be killed at any moment."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(self, call: Call) -> None:
        os.write(self._file, f"{json.dumps(asdict(call))}\n".encode())


def read_trace(path: Path) -> list[Call]:
    return [Call(**json.loads(line)) for line in path.read_text().splitlines()]


def counted(calls: Iterable[Call]) -> Counter[tuple[str, str]]:
    """How often each process, by its role, began each method."""
    return Counter((call.process, call.method) for call in calls if call.phase == BEGIN)


def now() -> float:
    return time.monotonic()
