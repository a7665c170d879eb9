"""A watchdog process that stops the stack's processes when their supervisor dies, even by kill -9.

It holds the read end of a pipe. The supervisor writes the id of each process group when it starts and when it has
ended. The pipe closes when the supervisor dies; the watchdog then stops the remaining groups, and finally kills them.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

GRACE_SECONDS = 15.0
POLL_SECONDS = 0.05


class Lifeline:
    """The supervisor's end of the pipe. Leaving the context closes it, which stops every group that is still held."""

    def __init__(self, keep_open: Sequence[int] = ()) -> None:
        """`keep_open`: descriptors that stay open while any process of the stack may run (its lock)."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "infra.standalone.lifeline"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=keep_open,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_cut(self) -> bool:
        return self._process.poll() is not None

    def hold(self, group: int) -> None:
        self._write(f"+{group}\n")

    def release(self, group: int) -> None:
        self._write(f"-{group}\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()

    def _write(self, line: str) -> None:
        """Never fails, so that a stop in progress can continue; `is_cut` reports a dead watchdog."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(line.encode())
            self._process.stdin.flush()


def read_groups(lines: Iterable[str]) -> set[int]:
    """The groups that are still held at end of file."""
    groups: set[int] = set()
    for line in lines:
        group = int(line[1:])
        if line[0] == "+":
            groups.add(group)
        else:
            groups.discard(group)
    return groups


def end_groups(groups: set[int], grace_seconds: float = GRACE_SECONDS) -> None:
    """Ask every leader to stop. Kill each group when its leader has ended, and all when the grace period is over."""
    for leader in groups:
        _send(os.kill, leader, signal.SIGTERM)
    deadline = time.monotonic() + grace_seconds
    running = set(groups)
    while running and time.monotonic() < deadline:
        for leader in list(running):
            if not _send(os.kill, leader, 0):
                _send(os.killpg, leader, signal.SIGKILL)
                running.discard(leader)
        time.sleep(POLL_SECONDS)
    for leader in running:
        _send(os.killpg, leader, signal.SIGKILL)


def _send(send: Callable[[int, int], None], target: int, number: int) -> bool:
    """False if the target does not exist any more."""
    try:
        send(target, number)
    except ProcessLookupError:
        return False
    return True


def main() -> None:
    # The watchdog must live as long as the pipe, so it ignores signals that are meant for the stack.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end_groups(read_groups(sys.stdin))


if __name__ == "__main__":
    main()
