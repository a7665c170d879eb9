"""How fast a job is, or was, processed."""

from datetime import datetime
from typing import NamedTuple

from shared.jobs.documents import Job


class Throughput(NamedTuple):
    pictures: int
    seconds: float

    @property
    def rate(self) -> float:
        """Pictures per second."""
        return self.pictures / self.seconds


def throughput_of(job: Job, until: datetime) -> Throughput | None:
    """What the workers have processed in this run, and in how long. None: nothing yet.

    The clock starts once pictures can be processed: reading the index takes time before that, and skips items at once.
    """
    if job.started_at is None:
        return None
    counts = job.current_counts()
    pictures = counts.succeeded + counts.failed - job.head_start.succeeded - job.head_start.failed
    seconds = (until - max(job.started_at, job.sealed_at or job.started_at)).total_seconds()
    return Throughput(pictures, seconds) if pictures > 0 and seconds > 0 else None
