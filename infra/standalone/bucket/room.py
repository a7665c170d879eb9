"""Free space that writes must leave on the disk: the database and the queue, on the same one, need it to go on."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MiB, GiB = 1 << 20, 1 << 30


class NoRoom(Exception):
    """A write would leave less than the reserve."""


class Room:
    """Grants space to writes on the disk of `folder`, as long as `reserve_bytes` stay free. Thread-safe."""

    def __init__(self, folder: Path, reserve_bytes: int | None = None) -> None:
        self._folder = folder
        self.reserve_bytes = (
            default_reserve(shutil.disk_usage(folder).total) if reserve_bytes is None else reserve_bytes
        )
        self._lock = threading.Lock()
        self._granted = 0

    def check(self, size: int) -> None:
        """Raise NoRoom unless there is room for `size` bytes besides what other writes were granted."""
        free = shutil.disk_usage(self._folder).free - self._granted
        if free - size < self.reserve_bytes:
            raise NoRoom(
                f"The disk is nearly full: {max(0, free) // MiB} MiB are free, and {self.reserve_bytes // MiB} MiB are "
                "reserved."
            )

    @contextmanager
    def granted(self, size: int) -> Iterator[None]:
        """Space for a write of `size` bytes within the block. Raises NoRoom."""
        with self._lock:
            self.check(size)
            self._granted += size
        try:
            yield
        finally:
            with self._lock:
                self._granted -= size


def default_reserve(disk_bytes: int) -> int:
    """A twentieth of the disk, at least 64 MiB (several log files of the database) and at most 1 GiB."""
    return min(max(disk_bytes // 20, 64 * MiB), GiB)
