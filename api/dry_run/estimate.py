"""Estimating how long a job will take, from the throughput of the owner's recent jobs."""

from dataclasses import dataclass, field

from api.dependencies import Gateway
from api.dry_run.time_model import time_model
from api.jobs.throughput import throughput_of
from shared.jobs.documents import Job, JobKind
from shared.lifecycle import JobState

# Enough for jobs of different sizes, few enough to be recent.
RECENT_JOBS = 10
SUCCESSFUL = (JobState.SUCCEEDED, JobState.PARTIALLY_SUCCEEDED)


@dataclass(frozen=True, slots=True)
class FinishedJob:
    """`megapixels` is None if the sizes of its pictures are unknown. Each variant of a picture counts as a picture:
    coloring and storing it is most of the work.
    """

    pictures: int
    seconds: float
    megapixels: float | None


@dataclass(slots=True)
class RecentThroughput:
    """What estimates are based on."""

    finished: list[FinishedJob] = field(default_factory=list)

    def estimate_seconds(self, pictures: int, mean_megapixels: float | None) -> float | None:
        """For that many pictures of that size. None: there is no job to estimate from."""
        if not self.finished:
            return None
        sizes = [(job.megapixels, job.seconds) for job in self.finished if job.megapixels]
        if mean_megapixels is not None and sizes:
            return time_model(sizes).seconds(pictures * mean_megapixels)
        return pictures * self._seconds / self._pictures

    @property
    def _seconds(self) -> float:
        return sum(job.seconds for job in self.finished)

    @property
    def _pictures(self) -> int:
        return sum(job.pictures for job in self.finished)

    @property
    def basis(self) -> str:
        """What an estimate is based on, for people."""
        if not self.finished:
            return "There is no estimate, because none of your archives has been colorized here yet."
        last = "Your last job" if len(self.finished) == 1 else f"Your last {len(self.finished)} jobs"
        sizes = [job.megapixels for job in self.finished if job.megapixels is not None]
        is_known = len(sizes) == len(self.finished)
        size = f" of {sum(sizes) / self._pictures:.3g} megapixels on average" if is_known else ""
        rate = self._pictures / self._seconds
        return (
            f"{last} ({self._pictures} pictures{size}) ran at {rate:.2f} pictures per second, "
            "counting each variant as a picture, with the workers and the load of that time."
        )


async def recent_throughput(gateway: Gateway) -> RecentThroughput:
    """From this owner's successful archives only: how long other owners' jobs take is private."""
    pages = [
        await gateway.jobs.page(gateway.owner, state=state, kind=JobKind.BULK, after=None, limit=RECENT_JOBS)
        for state in SUCCESSFUL
    ]
    newest = sorted((job for page in pages for job in page), key=lambda job: job.id, reverse=True)[:RECENT_JOBS]
    recent = RecentThroughput()
    for job in newest:
        throughput = throughput_of(job, job.finished_at) if job.finished_at else None
        if throughput is None:
            continue
        size = await _mean_megapixels(gateway, job)
        pictures = throughput.pictures * job.options.variants
        megapixels = None if size is None else pictures * size
        recent.finished.append(FinishedJob(pictures, throughput.seconds, megapixels))
    return recent


async def _mean_megapixels(gateway: Gateway, job: Job) -> float | None:
    """Of the results in the job's middle chunk. None: it has none."""
    chunk = await gateway.chunks.get(job, (job.chunks or 0) // 2)
    results = [result for item in chunk.items for result in item.results] if chunk else []
    return sum(result.width * result.height for result in results) / len(results) / 1e6 if results else None
