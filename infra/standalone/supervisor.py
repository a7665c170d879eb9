"""Starts services stage by stage, monitors them, and stops them in reverse order. Knows no particular service."""

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

POLL_SECONDS = 0.1
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
# After running this long, a service is restarted without backoff from earlier exits.
STEADY_SECONDS = 60.0


class StopRequested(Exception):
    """The start was aborted on request; nothing failed."""


class Supervisor:
    """Leaving the context stops all services in reverse order.

    `report` receives messages for the user. `changed` is called when a process has started or exited, and when all are
    ready.
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
        self._restarts: dict[str, tuple[float, Service]] = {}
        self._stop_requests = 0

    def request_stop(self, *_signal: object) -> None:
        """Can be used as a signal handler. A second request ends all grace periods."""
        self._stop_requests += 1

    def start(self) -> None:
        """Start each stage when the one before is ready. Raise StackError if a service fails, or StopRequested."""
        for stage in self._stages:
            self._start_stage(stage)
        self.started = True
        self._changed(self)

    def watch(self, until: Callable[[], bool] = lambda: False) -> None:
        """Monitor until a stop is requested or `until` holds. Raise StackError if an essential service fails."""
        while not self._stop_requests and not until():
            self._check_children()
            time.sleep(POLL_SECONDS)

    def call(self, service: Service, unless: Callable[[], bool] = lambda: False) -> int | None:
        """Run a service in this terminal and return its exit code, or None after a stop request or `unless`."""
        child = Child(service, self._lifeline, log=None)
        try:
            self.watch(until=lambda: child.exit_code() is not None or unless())
            return child.exit_code()
        finally:
            stop_together([child], self._is_urgent)

    def stop(self) -> None:
        while self._stages:
            names = [service.name for service in self._stages.pop()]
            stage = [self.children[name] for name in names if name in self.children]
            for child in stop_together(stage, self._is_urgent):
                service = child.service
                self._report(f"{service.name} did not stop within {service.grace_seconds:g} s and was killed.")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _is_urgent(self) -> bool:
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

    def _check_children(self) -> None:
        if self._lifeline.is_cut():
            raise StackError("The lifeline was killed. Without it, a crash would leave processes running.")
        for child in list(self.children.values()):
            if (code := child.exit_code()) is not None:
                self._on_exit(child, code)
            elif child.service.name not in self._ready:
                self._check_ready(child)
        for name, (due_at, service) in list(self._restarts.items()):
            if time.monotonic() >= due_at:
                del self._restarts[name]
                self._spawn(service)

    def _check_ready(self, child: Child) -> None:
        service = child.service
        if service.on_exit is not OnExit.ONCE and child.is_ready():
            self._ready.add(service.name)
            took = time.monotonic() - child.started_at
            self._report(f"  {service.name:<20} {service.address:<26} ready in {took:.1f} s")
        elif time.monotonic() - child.started_at > service.start_seconds:
            seconds = f"{service.start_seconds:.0f} s"
            raise StackError(f"{service.name} was not ready after {seconds}. {self._last_lines(child)}")

    def _on_exit(self, child: Child, code: int) -> None:
        service = child.service
        del self.children[service.name]
        self._changed(self)
        if service.on_exit is OnExit.ONCE and code == 0:
            self._ready.add(service.name)
            self._report(f"  {service.name:<20} done")
        elif service.name in self._ready and self._may_restart(child, code):
            self._schedule_restart(child, code)
        else:
            raise StackError(f"{service.name} {describe_exit(code)}. {self._last_lines(child)}")

    def _may_restart(self, child: Child, code: int) -> bool:
        """An essential service that was restarted may need several attempts, which may end with other codes."""
        service = child.service
        is_recovering = service.name in self._pauses and not _was_steady(child)
        return service.on_exit is OnExit.RESTART or code in service.restart_codes or is_recovering

    def _schedule_restart(self, child: Child, code: int) -> None:
        name = child.service.name
        pause = FIRST_PAUSE_SECONDS if _was_steady(child) else self._pauses.get(name, FIRST_PAUSE_SECONDS)
        self._pauses[name] = min(pause * 2, LONGEST_PAUSE_SECONDS)
        self._restarts[name] = (time.monotonic() + pause, child.service)
        self._report(f"{name} {describe_exit(code)}; restarting in {pause:.0f} s. {self._last_lines(child)}")

    def _last_lines(self, child: Child) -> str:
        return f"Last lines of {child.log}:\n{tail(child.log)}" if child.log else ""


def _was_steady(child: Child) -> bool:
    return time.monotonic() - child.started_at > STEADY_SECONDS
