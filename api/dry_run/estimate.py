"""Estimating how long a job will take, from the throughput of the owner's recent jobs."""

from dataclasses import dataclass

from api.dependencies import Gateway
from api.jobs.throughput import throughput_of
from shared.jobs.documents import Job, JobKind
from shared.lifecycle import JobState

# Enough to average over, few enough to be recent.
RECENT_JOBS = 5
SUCCESSFUL = (JobState.SUCCEEDED, JobState.PARTIALLY_SUCCEEDED)


@dataclass(slots=True)
class RecentThroughput:
    """Totals over `jobs` jobs. `megapixels` is meaningless unless the sizes of all their pictures are known.

    Each variant of a picture counts as a picture: coloring and storing it is most of the work.
    """

    jobs: int = 0
    pictures: int = 0
    seconds: float = 0.0
    megapixels: float = 0.0
    sizes_known: bool = True

    def estimate_seconds(self, pictures: int, mean_megapixels: float | None) -> float | None:
        """For that many pictures of that size. None: there is no job to estimate from."""
        if not self.seconds:
            return None
        if mean_megapixels is not None and self.sizes_known:
            return pictures * mean_megapixels * self.seconds / self.megapixels
        return pictures * self.seconds / self.pictures

    @property
    def basis(self) -> str:
        """What an estimate is based on, for people."""
        if not self.seconds:
            return "There is no estimate, because none of your archives has been colorized here yet."
        last = "Your last job" if self.jobs == 1 else f"Your last {self.jobs} jobs"
        size = f" of {self.megapixels / self.pictures:.3g} megapixels on average" if self.sizes_known else ""
        return (
            f"{last} ({self.pictures} pictures{size}) ran at {self.pictures / self.seconds:.2f} pictures per second, "
            "counting each variant as a picture, with the workers and the load of that time."
        )


async def recent_throughput(gateway: Gateway, owner: str) -> RecentThroughput:
    """From this owner's successful archives only: how long other owners' jobs take is private."""
    pages = [
        await gateway.jobs.page(owner, state=state, kind=JobKind.BULK, after=None, limit=RECENT_JOBS)
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
        recent.jobs += 1
        recent.pictures += pictures
        recent.seconds += throughput.seconds
        recent.megapixels += pictures * (size or 0)
        recent.sizes_known = recent.sizes_known and size is not None
    return recent


async def _mean_megapixels(gateway: Gateway, job: Job) -> float | None:
    """Of the results in the job's middle chunk. None: it has none."""
    chunk = await gateway.chunks.get(job.id, (job.chunks or 0) // 2)
    results = [result for item in chunk.items for result in item.results] if chunk else []
    return sum(result.width * result.height for result in results) / len(results) / 1e6 if results else None
