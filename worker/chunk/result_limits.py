"""A limit on the bytes of a job's results: a small archive of pictures that compress well must not fill the storage."""

from dataclasses import dataclass

from shared.jobs.documents import Job
from worker.imaging import PictureError

GiB = 1 << 30


@dataclass(frozen=True)
class ResultLimits:
    """A job's results may have `least` bytes, or `ratio` times the bytes of its source if that is more."""

    least: int = 16 * GiB
    ratio: float = 250.0

    def of(self, job: Job) -> int:
        return max(self.least, int(self.ratio * job.source_bytes))


class ResultAllowance:
    """What the job of a chunk may still store. Other chunks of the job use it up, too: `refresh` it now and then.

    Between two refreshes, each chunk in progress may exceed the limit by what it stores meanwhile.
    """

    def __init__(self, limit: int, stored: int) -> None:
        self._limit = limit
        self._stored = stored
        self._unrecorded = 0

    def take(self, size: int, results: int) -> None:
        """Call before the first of so many `results` that a picture still has, each about `size` bytes, is stored.

        Only this one is taken. Raises PictureError if there is no room for all of them, before any is stored in vain.
        """
        if self._stored + self._unrecorded + size * results > self._limit:
            raise PictureError(
                "results_too_large",
                f"The job's results would have more than {self._limit:,} bytes, the limit for a source of its size. "
                "Submit the rest as another job, or choose a format that compresses more.",
            )
        self._unrecorded += size

    def refresh(self, recorded: int, stored: int) -> None:
        """So many of the bytes that were taken here are recorded now; `stored` are those of all chunks of the job."""
        self._unrecorded -= recorded
        self._stored = stored
