"""A running process of a service, in a new session, so that Ctrl-C in the terminal reaches only the supervisor.

The supervisor decides which process to start and when to stop it.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from infra.standalone.errors import StackError
from infra.standalone.lifeline import Lifeline
from infra.standalone.service import Service

POLL_SECONDS = 0.05


class Child:
    """The lifeline tracks its process group from its start until the whole group has ended."""

    def __init__(self, service: Service, lifeline: Lifeline, log: Path | None) -> None:
        """Start the process. Without a log it inherits the supervisor's output. Raise StackError."""
        self.service = service
        self.log = log
        self.started_at = time.monotonic()
        self._lifeline = lifeline
        self._exit_code: int | None = None
        output = log.open("ab") if log else None
        try:
            self._process = _spawn(service, output)
        except OSError as error:
            raise StackError(f"Cannot start {service.name}: {error}.") from error
        finally:
            if output:
                output.close()
        lifeline.hold(self.pid)

    @property
    def pid(self) -> int:
        """Also the id of its process group."""
        return self._process.pid

    def exit_code(self) -> int | None:
        """None while it runs. When it has ended, the remaining processes of its group are killed."""
        if self._exit_code is None and (code := self._process.poll()) is not None:
            self._kill_group()
            self._lifeline.release(self.pid)
            self._exit_code = code
        return self._exit_code

    def is_ready(self) -> bool:
        return self.service.ready is None or self.service.ready(self.log or Path(os.devnull))

    def request_stop(self) -> None:
        """Signal only the group leader, which stops its children in its own order."""
        if self.exit_code() is None:
            self._process.send_signal(self.service.stop_signal)

    def kill(self) -> None:
        self._kill_group()
        self._process.wait()
        self.exit_code()

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


def _spawn(service: Service, output: IO[bytes] | None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        service.command,
        env={**os.environ, **service.environment},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        start_new_session=True,
    )


def stop_together(children: Sequence[Child], is_urgent: Callable[[], bool]) -> list[Child]:
    """Stop all, and kill those that exceed their grace period, or all if `is_urgent`. Return the killed ones."""
    requested_at = time.monotonic()
    for child in children:
        child.request_stop()
    killed = []
    while running := [child for child in children if child.exit_code() is None]:
        waited = time.monotonic() - requested_at
        for child in running:
            if is_urgent() or waited > child.service.grace_seconds:
                child.kill()
                killed.append(child)
        time.sleep(POLL_SECONDS)
    return killed


def describe_exit(code: int) -> str:
    if code >= 0:
        return f"exited with code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
