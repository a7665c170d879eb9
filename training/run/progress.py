"""The progress bar of a run: stage, share of its budget, time left. Shown on a terminal only."""

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn


class ProgressBar:
    """A context manager; `show` updates it."""

    def __init__(self, console: Console | None = None) -> None:
        console = console or Console(stderr=True)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[note]}"),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._bar = self._progress.add_task("", total=1.0, note="")
        self._stage = ""

    def show(self, stage: str, share: float, note: str) -> None:
        """Show that `share` of the stage's budget is spent. A new stage restarts the estimate of the time left."""
        if stage != self._stage:
            self._stage = stage
            self._progress.reset(self._bar, description=stage, total=1.0, completed=0)
        self._progress.update(self._bar, completed=share, note=note)

    def __enter__(self) -> "ProgressBar":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()
