"""Memory use of processes: current, peak since a reset, and over time together with their children.

Reads /proc, so it works only on Linux.
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
    """The peak in bytes since the process started, or since `reset_peak`."""
    return _status(pid, "VmHWM")


def reset_peak(pid: int) -> None:
    """Set the peak to the current use (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peaks(pids: Mapping[str, int]) -> dict[str, int]:
    return {name: peak(pid) for name, pid in pids.items()}


def reset_peaks(pids: Mapping[str, int]) -> None:
    for pid in pids.values():
        reset_peak(pid)


def growth(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, float]:
    """In MB, by name."""
    return {name: (after[name] - before[name]) / MB for name in before}


def process_tree(pid: int) -> list[int]:
    """A process and all its running descendants."""
    tree = [pid]
    for parent in tree:  # Grows while it is iterated.
        for listing in Path(f"/proc/{parent}/task").glob("*/children"):
            with suppress(*GONE):
                tree += map(int, listing.read_text().split())
    return tree


def total_resident(pids: Iterable[int]) -> int:
    """Current bytes of the processes, including the anonymous files in which they share pictures, which belong to no
    resident set.
    """
    total, files = 0, dict[int, int]()
    for pid in pids:
        with suppress(*GONE):
            total += resident(pid)
            for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                with suppress(*GONE):
                    if str(descriptor.readlink()).startswith("/memfd:"):
                        status = descriptor.stat()
                        files[status.st_ino] = status.st_blocks * STAT_BLOCK
    return total + sum(files.values())


def _status(pid: int, field_name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field_name}:"):
            return int(line.split()[1]) * 1024
    raise ProcessLookupError(f"process {pid} has ended")


@dataclass
class MemoryCourse:
    """The memory use of a process and its children over time: samples in bytes, at these seconds."""

    seconds: list[float] = field(default_factory=list)
    samples: list[int] = field(default_factory=list)

    @property
    def most(self) -> float:
        """In MB."""
        return max(self.samples) / MB

    def slope(self) -> float:
        """MB a minute, from a line fitted to the second half, when everything has been used once."""
        half = len(self.samples) // 2
        per_second = np.polyfit(self.seconds[half:], np.asarray(self.samples[half:]) / MB, 1)[0]
        return float(per_second) * 60

    def late_growth(self) -> float:
        """The growth of the 90th percentile from the first to the second half, in MB.

        Not that of the maximum: it depends on how many large requests coincide, which indicates no growth.
        """
        half = len(self.samples) // 2
        before, after = (np.percentile(part, 90) for part in (self.samples[:half], self.samples[half:]))
        return float(after - before) / MB


@contextmanager
def sampled(pids: Mapping[str, int]) -> Iterator[dict[str, MemoryCourse]]:
    """Sample the processes once a second while the body runs."""
    courses = {name: MemoryCourse() for name in pids}
    done = threading.Event()
    started = time.perf_counter()

    def sample() -> None:
        while not done.wait(PAUSE_SECONDS):
            for name, pid in pids.items():
                courses[name].samples.append(total_resident(process_tree(pid)))
                courses[name].seconds.append(time.perf_counter() - started)

    sampler = threading.Thread(target=sample, name="memory sampler")
    sampler.start()
    try:
        yield courses
    finally:
        done.set()
        sampler.join()
