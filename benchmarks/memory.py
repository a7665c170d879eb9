"""How much memory processes take: now, at most since they were last asked, and over time with all their children.

From /proc, so on Linux only.
"""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

MB = 1024**2
PAUSE_SECONDS = 1.0
STAT_BLOCK = 512
GONE = (FileNotFoundError, ProcessLookupError)


def resident(pid: int) -> int:
    """Bytes in memory now."""
    return _status(pid, "VmRSS")


def peak(pid: int) -> int:
    """The most bytes since the process began, or since `forget_peak`."""
    return _status(pid, "VmHWM")


def forget_peak(pid: int) -> None:
    """Let the peak be what there is now (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peaks(pids: Mapping[str, int]) -> dict[str, int]:
    return {name: peak(pid) for name, pid in pids.items()}


def forget_peaks(pids: Mapping[str, int]) -> None:
    for pid in pids.values():
        forget_peak(pid)


def growth(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, float]:
    """In MB, by name."""
    return {name: (after[name] - before[name]) / MB for name in before}


def family(pid: int) -> list[int]:
    """A process and all that descend from it, as far as they are there."""
    found = [pid]
    for parent in found:
        for listing in Path(f"/proc/{parent}/task").glob("*/children"):
            with suppress(*GONE):
                found += map(int, listing.read_text().split())
    return found


def taken_together(pids: Iterable[int]) -> int:
    """Bytes that processes take now, with the anonymous files through which they hand each other pictures: these are
    in nobody's resident set.
    """
    own, files = 0, dict[int, int]()
    for pid in pids:
        with suppress(*GONE):
            own += resident(pid)
            for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(*GONE):
                    if str(descriptor.readlink()).startswith("/memfd:"):
                        about = descriptor.stat()
                        files[about.st_ino] = about.st_blocks * STAT_BLOCK
    return own + sum(files.values())


def _status(pid: int, field_name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field_name}:"):
            return int(line.split()[1]) * 1024
    raise ProcessLookupError(f"process {pid} has ended")


@dataclass
class Course:
    """How much memory one process and its children took, in bytes, at the seconds given."""

    seconds: list[float] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)

    @property
    def most(self) -> float:
        """In MB."""
        return max(self.taken) / MB

    def slope(self) -> float:
        """MB a minute, a straight line through the second half: by then everything has been used once."""
        half = len(self.taken) // 2
        per_second = np.polyfit(self.seconds[half:], np.asarray(self.taken[half:]) / MB, 1)[0]
        return float(per_second) * 60

    def late_growth(self) -> float:
        """By how many MB what is reached a tenth of the time is more in the second half than in the first.

        Not by the most: when several large requests meet, which they may at any time, that says nothing about growth.
        """
        half = len(self.taken) // 2
        before, after = (np.percentile(part, 90) for part in (self.taken[:half], self.taken[half:]))
        return float(after - before) / MB


@contextmanager
def watched(pids: Mapping[str, int]) -> Iterator[dict[str, Course]]:
    """Sample the processes once a second while the body runs."""
    courses = {name: Course() for name in pids}
    done = threading.Event()
    began = time.perf_counter()

    def sample() -> None:
        while not done.wait(PAUSE_SECONDS):
            for name, pid in pids.items():
                courses[name].taken.append(taken_together(family(pid)))
                courses[name].seconds.append(time.perf_counter() - began)

    sampler = threading.Thread(target=sample, name="memory sampler")
    sampler.start()
    try:
        yield courses
    finally:
        done.set()
        sampler.join()
