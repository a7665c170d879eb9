"""The service's processes on a stage, forked by the zygote: started, killed, frozen, and restarted when they die."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.fixtures.stack import REPOSITORY, wait_until

START_SECONDS = 60.0


@dataclass(frozen=True)
class Program:
    """What a process runs, and the log event that shows that it is ready."""

    name: str
    module: str
    arguments: tuple[str, ...] = ()
    ready: str = "worker.ready"
    environment: Mapping[str, str] = field(default_factory=dict)
    skew_seconds: float = 0.0


class Processes:
    """By name. A process that dies without being ended by the test is restarted at once."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._programs: dict[str, Program] = {}
        self._pids: dict[str, int] = {}
        self._log_offsets: dict[str, int] = {}
        self._changed = threading.Condition()
        # How often each died, by name and exit code.
        self.deaths: Counter[tuple[str, int]] = Counter()
        # How many `kill` killed.
        self.kills = 0
        (folder / "logs").mkdir(parents=True, exist_ok=True)
        self._zygote = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.zygote"],
            cwd=REPOSITORY,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._warm = False
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()
        wait_until(lambda: self._warm or not self._listener.is_alive(), START_SECONDS)
        assert self._warm, "the zygote did not start"

    def start(self, *programs: Program, wait: bool = True) -> None:
        for program in programs:
            self._start(program)
        for program in programs if wait else ():
            self.wait_ready(program.name)

    def wait_ready(self, *names: str) -> None:
        """Wait until each has logged that it is ready, since its latest start."""
        for name in names:
            wait_until(lambda: self._is_ready(name), START_SECONDS, lambda: self.log(name))  # noqa: B023

    def wait_until_replaced(self, name: str, pid: int) -> None:
        """Wait until the process with this id has ended and its successor is ready."""
        wait_until(lambda: self._pids.get(name, pid) != pid, START_SECONDS, lambda: self.log(name))
        self.wait_ready(name)

    def pid(self, name: str) -> int:
        """The id of the running process. Waits if it is being restarted."""
        with self._changed:
            assert self._changed.wait_for(lambda: name in self._pids, START_SECONDS), f"{name} is not running"
            return self._pids[name]

    def names(self) -> list[str]:
        return list(self._programs)

    def kill(self, name: str) -> int:
        """Send SIGKILL to the process, not to its children; returns its id. It is restarted at once."""
        pid = self.pid(name)
        with suppress(ProcessLookupError):  # It died for another reason at this very moment.
            os.kill(pid, signal.SIGKILL)
            self.kills += 1
        return pid

    def freeze(self, name: str) -> int:
        pid = self.pid(name)
        os.kill(pid, signal.SIGSTOP)
        return pid

    def thaw(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

    def end(self, name: str, number: int = signal.SIGTERM, seconds: float = 20.0) -> Program:
        """End the process without a restart. Returns its program once it is gone."""
        pid = self.pid(name)
        program = self._programs.pop(name)
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        self.thaw(pid)
        wait_until(lambda: name not in self._pids, seconds, lambda: self.log(name))
        return program

    def restart(self, name: str, number: int = signal.SIGTERM) -> None:
        """Ask it to end, as a rolling update does. Returns when its successor is ready."""
        pid = self.pid(name)
        os.kill(pid, number)
        self.wait_until_replaced(name, pid)

    def log(self, name: str) -> str:
        path = self._log_of(name)
        return path.read_text(errors="replace") if path.exists() else ""

    def close(self) -> None:
        self._programs.clear()
        for pid in list(self._pids.values()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.close()
        self._zygote.wait()
        self._listener.join()
        self._zygote.stdout.close()

    def _start(self, program: Program) -> None:
        self._programs[program.name] = program
        path = self._log_of(program.name)
        self._log_offsets[program.name] = path.stat().st_size if path.exists() else 0
        request = {
            "name": program.name,
            "module": program.module,
            "arguments": list(program.arguments),
            "environment": {**os.environ, **self._environment, **program.environment},
            "log": str(path),
            "sabotage": str(self._folder),
            "skew_seconds": program.skew_seconds,
        }
        assert self._zygote.stdin is not None
        self._zygote.stdin.write(f"{json.dumps(request)}\n".encode())
        self._zygote.stdin.flush()

    def _listen(self) -> None:
        assert self._zygote.stdout is not None
        for line in self._zygote.stdout:
            event = json.loads(line)
            with self._changed:
                match event["event"]:
                    case "warm":
                        self._warm = True
                    case "started":
                        self._pids[event["name"]] = event["pid"]
                    case "ended":
                        self._ended(event["pid"], event["code"])
                self._changed.notify_all()

    def _ended(self, pid: int, code: int) -> None:
        name = next(name for name, running in self._pids.items() if running == pid)
        del self._pids[name]
        self.deaths[name, code] += 1
        if name in self._programs:
            self._start(self._programs[name])

    def _is_ready(self, name: str) -> bool:
        content = self._log_of(name).read_bytes() if self._log_of(name).exists() else b""
        return self._programs[name].ready.encode() in content[self._log_offsets[name] :]

    def _log_of(self, name: str) -> Path:
        return self._folder / "logs" / f"{name}.log"


@contextmanager
def processes_running(folder: Path, environment: Mapping[str, str]) -> Iterator[Processes]:
    processes = Processes(folder, environment)
    try:
        yield processes
    finally:
        processes.close()
