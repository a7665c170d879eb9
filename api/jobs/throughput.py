"""How fast a job goes, or went."""

from datetime import datetime
from typing import NamedTuple

from shared.jobs.documents import Job


class Worked(NamedTuple):
    pictures: int
    seconds: float


def worked(job: Job, until: datetime) -> Worked | None:
    """What this run's workers did, and in how long. None: nothing yet.

    Counted from when pictures could be worked on: reading the index takes its time before, and finds what is skipped
    at once.
    """
    if job.started_at is None:
        return None
    counts = job.current_counts()
    pictures = counts.succeeded + counts.failed - job.head_start.succeeded - job.head_start.failed
    seconds = (until - max(job.started_at, job.sealed_at or job.started_at)).total_seconds()
    return Worked(pictures, seconds) if pictures > 0 and seconds > 0 else None
