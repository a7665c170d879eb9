"""Starts services stage by stage, watches over them, stops them in reverse. Which ones there are is not known here."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.standalone.child import Child, describe_exit, stop_together
from infra.standalone.errors import StackError
from infra.standalone.lifeline import Lifeline
from infra.standalone.logs import rotate, tail
from infra.standalone.service import OnExit, Service

LOOK_SECONDS = 0.1
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
# A service that ran this long is restarted as if it had never ended before.
STEADY_SECONDS = 60.0


class StopRequested(Exception):
    """A start was given up because somebody asked for it; nothing went wrong."""


class Supervisor:
    """Leaving the context stops everything, in reverse.

    `report` gets what is worth telling a person; `changed` is called when a process was started or has ended,
    and when all are ready.
    """

    def __init__(
        self,
        stages: Sequence[Sequence[Service]],
        *,
        logs: Path,
        lifeline: Lifeline,
        report: Callable[[str], None],
        changed: Callable[["Supervisor"], None] = lambda _: None,
    ) -> None:
        self.children: dict[str, Child] = {}
        self.started = False
        self._stages = list(stages)
        self._logs = logs
        self._lifeline = lifeline
        self._report = report
        self._changed = changed
        self._ready: set[str] = set()
        self._pauses: dict[str, float] = {}
        self._due: dict[str, tuple[float, Service]] = {}
        self._stop_requests = 0

    def request_stop(self, *_signal: object) -> None:
        """Usable as a signal handler. The second request cuts every grace short."""
        self._stop_requests += 1

    def start(self) -> None:
        """Each stage waits for the one before. Raises StackError naming what failed, StopRequested if asked to stop."""
        for stage in self._stages:
            self._start_stage(stage)
        self.started = True
        self._changed(self)

    def watch(self, until: Callable[[], bool] = lambda: False) -> None:
        """Returns when a stop was requested or `until` holds. Raises StackError if the stack cannot go on."""
        while not self._stop_requests and not until():
            self._look_after()
            time.sleep(LOOK_SECONDS)

    def call(self, service: Service, unless: Callable[[], bool] = lambda: False) -> int | None:
        """Run one more service in this terminal and wait for its exit code; None if a stop, or `unless`, came first."""
        called = Child(service, self._lifeline, log=None)
        try:
            self.watch(until=lambda: called.exit_code() is not None or unless())
            return called.exit_code()
        finally:
            stop_together([called], self._hurry)

    def stop(self) -> None:
        while self._stages:
            names = [service.name for service in self._stages.pop()]
            stage = [self.children[name] for name in names if name in self.children]
            for child in stop_together(stage, self._hurry):
                self._report(f"{child.service.name} did not stop within its grace and was killed.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _hurry(self) -> bool:
        return self._stop_requests > 1

    def _start_stage(self, stage: Sequence[Service]) -> None:
        for service in stage:
            rotate(self._log_of(service))
            self._spawn(service)
        names = {service.name for service in stage}
        self.watch(until=lambda: names <= self._ready)
        if self._stop_requests:
            raise StopRequested

    def _log_of(self, service: Service) -> Path:
        return self._logs / f"{service.name}.log"

    def _spawn(self, service: Service) -> None:
        self.children[service.name] = Child(service, self._lifeline, self._log_of(service))
        self._changed(self)

    def _look_after(self) -> None:
        if self._lifeline.is_cut():
            raise StackError("The lifeline was killed: without it a crash would leave processes behind.")
        for child in list(self.children.values()):
            if (code := child.exit_code()) is not None:
                self._ended(child, code)
            elif child.service.name not in self._ready:
                self._ask(child)
        for name, (due_at, service) in list(self._due.items()):
            if time.monotonic() >= due_at:
                del self._due[name]
                self._spawn(service)

    def _ask(self, child: Child) -> None:
        service = child.service
        if service.on_exit is not OnExit.ONCE and child.is_ready():
            self._ready.add(service.name)
            took = time.monotonic() - child.started_at
            self._report(f"  {service.name:<20} {service.address:<26} ready in {took:.1f} s")
        elif time.monotonic() - child.started_at > service.start_seconds:
            raise StackError(f"{service.name} was not ready after {service.start_seconds:.0f} s. {self._last(child)}")

    def _ended(self, child: Child, code: int) -> None:
        service = child.service
        del self.children[service.name]
        self._changed(self)
        if service.on_exit is OnExit.ONCE and code == 0:
            self._ready.add(service.name)
            self._report(f"  {service.name:<20} done")
        elif service.on_exit is OnExit.RESTART and service.name in self._ready:
            self._come_back(child, code)
        else:
            raise StackError(f"{service.name} {describe_exit(code)}. {self._last(child)}")

    def _come_back(self, child: Child, code: int) -> None:
        name = child.service.name
        ran = time.monotonic() - child.started_at
        pause = FIRST_PAUSE_SECONDS if ran > STEADY_SECONDS else self._pauses.get(name, FIRST_PAUSE_SECONDS)
        self._pauses[name] = min(pause * 2, LONGEST_PAUSE_SECONDS)
        self._due[name] = (time.monotonic() + pause, child.service)
        self._report(f"{name} {describe_exit(code)}; it is started again in {pause:.0f} s. {self._last(child)}")

    def _last(self, child: Child) -> str:
        return f"Its last lines ({child.log}):\n{tail(child.log)}" if child.log else ""
