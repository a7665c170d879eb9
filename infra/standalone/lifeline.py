"""Ends the stack's processes when their supervisor is gone, however it went: kill -9 included.

A small process holds the read end of a pipe. The supervisor writes the id of each process group it starts and of each
one that has ended; the pipe closes with the supervisor, and what is left then is stopped, in the end killed.
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
    """The supervisor's end. Leaving the context closes the pipe, and so ends every group that is still held."""

    def __init__(self, keep_open: Sequence[int] = ()) -> None:
        """`keep_open`: descriptors that stay open as long as anything of the stack may run (its lock)."""
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
        """A cut lifeline is noticed by `is_cut`; nobody is to fail in the middle of a stop because of it."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(line.encode())
            self._process.stdin.flush()


def read_groups(lines: Iterable[str]) -> set[int]:
    """The groups still held when the lines end."""
    groups: set[int] = set()
    for line in lines:
        group = int(line[1:])
        if line[0] == "+":
            groups.add(group)
        else:
            groups.discard(group)
    return groups


def end_groups(groups: set[int], grace_seconds: float = GRACE_SECONDS) -> None:
    """Ask every leader, then kill its group: as soon as the leader is gone, and all of them when the grace is over."""
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
    """False if there is nobody left to get it."""
    try:
        send(target, number)
    except ProcessLookupError:
        return False
    return True


def main() -> None:
    # It lives exactly as long as the pipe: a signal meant for the stack must not take it away too early.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end_groups(read_groups(sys.stdin))


if __name__ == "__main__":
    main()
