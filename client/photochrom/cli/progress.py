"""Progress bars on stderr: bytes uploaded, then items, then results. Drawn only on a terminal."""

from __future__ import annotations

import time
from collections import defaultdict
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from photochrom.errors import PhotochromError
from photochrom.heartbeat import HEARTBEAT_SECONDS
from photochrom.responses import Job
from photochrom.results.download import Fetched

from .formatting import counts_by_state, duration, single_line, size
from .pace import Pace


class ProgressDisplay:
    """Shows what the client reports through its callbacks: one bar per phase, in the order in which they start."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False, markup=False)
        self._progress = Progress(
            TextColumn("{task.description:<11}", markup=False),
            BarColumn(bar_width=32),
            TextColumn("{task.fields[amount]}", markup=False),
            TextColumn("{task.fields[pace]}", style="dim", markup=False),
            console=self._console,
        )
        self._is_drawn = self._console.is_terminal
        self._phases: dict[str, TaskID] = {}
        self._paces: dict[str, Pace] = defaultdict(Pace)
        self._fetched = 0
        self._results: int | None = None
        self._is_retrying = False
        self._sent_at = 0.0

    def __enter__(self) -> Self:
        if self._is_drawn:
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop drawing and leave the bars as they are. Safe to call twice."""
        if self._is_drawn:
            self._progress.stop()
        self._is_drawn = False

    def sent(self, sent: int, total: int | None) -> None:
        self._sent_at = time.monotonic()
        amount = size(sent) if total is None else f"{size(sent)} of {size(total)}"
        rate = self._paces["uploading"].rate(sent)
        self._show("uploading", sent, total, amount, "" if rate is None else f"{size(rate)}/s")

    def job(self, job: Job) -> None:
        self._results = job.counts.succeeded * job.options.variants
        if job.items is None:
            self._show("reading", 0, None, job.state, _waiting(job))
            return
        if "reading" in self._phases:
            self._progress.update(self._phases["reading"], visible=False)
        pace = [] if job.rate is None else [f"{job.rate:.1f}/s"]
        pace += [_waiting(job)] if job.waiting_for else []
        pace += [] if job.eta_seconds is None else [f"{duration(job.eta_seconds)} left"]
        self._show("colorizing", job.counts.finished, job.items, counts_by_state(job), " · ".join(pace))

    def fetched(self, fetched: Fetched) -> None:
        self._fetched += 1
        rate = self._paces["downloading"].rate(self._fetched)
        pace = "" if rate is None else f"{rate:.1f}/s"
        amount = f"{self._fetched:,}" if self._results is None else f"{self._fetched:,} of {self._results:,}"
        self._show("downloading", self._fetched, self._results, amount, pace)

    def retrying(self, failure: PhotochromError, pause: float) -> None:
        """Print one line per outage, not one per attempt."""
        if not self._is_retrying:
            self._console.print(f"{single_line(str(failure))} Retrying.", soft_wrap=True)
        self._is_retrying = True

    def silent(self, seconds: float) -> None:
        """Print that the service has not responded yet, unless bytes are being sent meanwhile."""
        if time.monotonic() - self._sent_at > HEARTBEAT_SECONDS / 2:
            self._console.print(f"No response from the service for {seconds:.0f} s, still waiting.", soft_wrap=True)

    def _show(self, phase: str, done: int, total: int | None, amount: str, pace: str) -> None:
        self._is_retrying = False
        if phase not in self._phases:
            self._phases[phase] = self._progress.add_task(phase, total=total, amount="", pace="")
        self._progress.update(self._phases[phase], completed=done, total=total, amount=amount, pace=pace)


def _waiting(job: Job) -> str:
    return single_line(f"waiting for {job.waiting_for}") if job.waiting_for else ""
