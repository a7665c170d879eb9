"""The trace: every call of every process to the outside, written by the saboteurs and read by the tests."""

import json
import os
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

BEGIN, END, ERROR = "begin", "end", "error"


@dataclass(frozen=True)
class Call:
    """One line of the trace. `at` is the machine's monotonic clock, which is the same for all processes."""

    at: float
    pid: int
    process: str
    phase: str
    method: str
    # The ids, tokens, keys and numbers among the arguments, in order.
    words: list[Any]
    job: str | None = None
    tag: str | None = None
    answer: Any = None


class TraceWriter:
    """Appends whole lines, so that several processes can share the file and be killed at any time."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(self, call: Call) -> None:
        os.write(self._file, f"{json.dumps(asdict(call))}\n".encode())


class TraceReader:
    """Each read continues where the last one stopped. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._lock = threading.Lock()
        self._calls: list[Call] = []
        self._by_job: dict[str, list[Call]] = {}

    def calls(self) -> list[Call]:
        """All calls so far, in the order in which they were written."""
        with self._lock:
            self._read_on()
            return list(self._calls)

    def of(self, job: str) -> list[Call]:
        with self._lock:
            self._read_on()
            return list(self._by_job.get(job, []))

    def _read_on(self) -> None:
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            *lines, rest = file.read().split(b"\n")
            self._offset = file.tell() - len(rest)
        for line in lines:
            call = Call(**json.loads(line))
            self._calls.append(call)
            if call.job:
                self._by_job.setdefault(call.job, []).append(call)


def now() -> float:
    return time.monotonic()
