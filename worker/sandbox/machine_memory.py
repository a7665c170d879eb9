"""The memory that the decoders of one machine share, whichever worker processes they belong to.

A budget inside a process, as that of a chunk's pictures (`worker/chunk/memory_budget.py`), does not see the others.
Here it is a file of which each byte stands for a slot of memory, and a lock on it means that the slot is taken. The
kernel releases the locks of a process that dies.
"""

import fcntl
import os
import random
import struct
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SLOT_BYTES = 32 << 20
LARGE_SHARE = 8
"""Pictures that take more than one of so many parts of the budget are large. One part is kept for the others."""

_POLL_SECONDS = 0.02
_TURN = 1 << 40
"""The byte whose lock is the turn to collect slots for a large picture."""


class NotEnoughMemory(Exception):
    """More than all decoders of the machine may use together."""


class MachineMemory:
    """A budget of `size` bytes, by default half of the machine's memory, or of the container's. Thread-safe.

    All processes that share `file` must have the same budget; by default those of one user on one machine do. Raises
    OSError if the file cannot be opened.
    """

    def __init__(self, size: int | None = None, file: Path | None = None) -> None:
        self.slots = max(LARGE_SHARE, (machine_bytes() // 2 if size is None else size) // SLOT_BYTES)
        self._file = file or Path(tempfile.gettempdir()) / f"photochrom-decoders-{os.getuid()}"
        os.close(self._open())

    @contextmanager
    def granted(self, size: int, is_closed: Callable[[], bool] = lambda: False) -> Iterator[None]:
        """Wait until `size` bytes are free, and take them for the block. Stops waiting when `is_closed`.

        Raises NotEnoughMemory if there can never be so many.
        """
        count = -(-size // SLOT_BYTES)
        reserved = self.slots // LARGE_SHARE
        if count > self.slots - reserved:
            raise NotEnoughMemory
        descriptor = self._open()
        try:
            if count <= reserved:
                self._take_all_at_once(descriptor, count, is_closed)
            else:
                self._collect(descriptor, range(reserved, self.slots), count, is_closed)
            yield
        finally:
            os.close(descriptor)  # Releases its locks.

    def _open(self) -> int:
        return os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)

    def _take_all_at_once(self, descriptor: int, count: int, is_closed: Callable[[], bool]) -> None:
        first = random.randrange(self.slots)
        while not is_closed():
            slots = [(first + number) % self.slots for number in range(self.slots)]
            taken = _lock_some(descriptor, slots, count)
            if len(taken) == count:
                return
            for slot in taken:
                _unlock(descriptor, slot)
            time.sleep(_POLL_SECONDS)

    def _collect(self, descriptor: int, slots: range, count: int, is_closed: Callable[[], bool]) -> None:
        """Keeps what it has while it waits for more. Only one at a time does, so they do not wait for each other."""
        while not _lock(descriptor, _TURN) and not is_closed():
            time.sleep(_POLL_SECONDS)
        free = list(slots)
        while count and not is_closed():
            taken = _lock_some(descriptor, free, count)
            free = [slot for slot in free if slot not in taken]
            count -= len(taken)
            if count:
                time.sleep(_POLL_SECONDS)
        _unlock(descriptor, _TURN)


def machine_bytes() -> int:
    """The memory of the machine, or the limit of this process's control group if that is less."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            text = Path(path).read_text().strip()
        except OSError:
            continue
        if text.isdecimal():
            limits.append(int(text))
    return min(limits)


def _lock_some(descriptor: int, slots: list[int], count: int) -> list[int]:
    taken: list[int] = []
    for slot in slots:
        if len(taken) == count:
            break
        if _lock(descriptor, slot):
            taken.append(slot)
    return taken


def _lock(descriptor: int, slot: int) -> bool:
    try:
        _set_lock(descriptor, slot, fcntl.F_WRLCK)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _unlock(descriptor: int, slot: int) -> None:
    _set_lock(descriptor, slot, fcntl.F_UNLCK)


def _set_lock(descriptor: int, slot: int, kind: int) -> None:
    """A lock of the open file, not of the process: threads exclude each other, too."""
    fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, struct.pack("hhqqi", kind, os.SEEK_SET, slot, 1, 0))
