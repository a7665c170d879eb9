"""Measuring the tasks of this process."""

import threading
from collections import Counter
from enum import StrEnum

import structlog

from shared.metrics.worker import TASK_SECONDS
from shared.queue import TaskName

log = structlog.get_logger()


class Outcome(StrEnum):
    COMPLETED = "completed"
    # A server that the task needs did not answer.
    UNAVAILABLE = "unavailable"


class TaskMeter:
    """Counts tasks by name and outcome, and logs how long each took. Thread-safe, as Celery runs tasks in threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[TaskName, Outcome]] = Counter()

    def record(self, task: TaskName, outcome: Outcome, seconds: float) -> None:
        with self._lock:
            self._counts[task, outcome] += 1
        TASK_SECONDS.labels(task.value, outcome.value).observe(seconds)
        log.info("task.ended", outcome=outcome.value, seconds=round(seconds, 3))

    def counts(self) -> dict[str, int]:
        """By task and outcome, as in `chunk.colorize completed`."""
        with self._lock:
            return {f"{task.value} {outcome.value}": count for (task, outcome), count in self._counts.items()}
