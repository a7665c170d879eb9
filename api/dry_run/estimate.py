"""How long a job may take, by how long the owner's last ones took."""

from dataclasses import dataclass

from api.dependencies import Gateway
from api.jobs.throughput import worked
from shared.jobs.documents import Job, JobKind
from shared.lifecycle import JobState

# As many of them as tell about now.
JOBS = 5
ENDS = (JobState.SUCCEEDED, JobState.PARTIALLY_SUCCEEDED)


@dataclass(slots=True)
class Pace:
    """Of so many jobs together. `megapixels` mean nothing unless the sizes of all their pictures are known.

    Each variant of a picture counts as one: what it takes besides, to be colored and stored, is most of the work.
    """

    jobs: int = 0
    pictures: int = 0
    seconds: float = 0.0
    megapixels: float = 0.0
    sizes_known: bool = True

    def estimate(self, items: int, mean_megapixels: float | None) -> float | None:
        """Seconds for so many pictures of this size. None: there is nothing to go by."""
        if not self.seconds:
            return None
        if mean_megapixels is not None and self.sizes_known:
            return items * mean_megapixels * self.seconds / self.megapixels
        return items * self.seconds / self.pictures

    @property
    def basis(self) -> str:
        """What an estimate goes by, as a sentence."""
        if not self.seconds:
            return "No archive of yours has been colorized here yet, so nothing is known of how long one takes."
        last = "Your last job" if self.jobs == 1 else f"Your last {self.jobs} jobs"
        size = f" of {self.megapixels / self.pictures:.3g} megapixels on average" if self.sizes_known else ""
        return (
            f"{last} ({self.pictures} pictures{size}) went at {self.pictures / self.seconds:.2f} pictures a second, "
            "each variant being counted as one, with the workers there were and whatever else they had to do."
        )


async def recent_pace(gateway: Gateway, owner: str) -> Pace:
    """Of the owner's last archives that ended well: how long those of others take is theirs to know."""
    pages = [await gateway.jobs.page(owner, state=state, kind=JobKind.BULK, after=None, limit=JOBS) for state in ENDS]
    newest = sorted((job for page in pages for job in page), key=lambda job: job.id, reverse=True)[:JOBS]
    pace = Pace()
    for job in newest:
        done = worked(job, job.finished_at) if job.finished_at else None
        if done is None:
            continue
        size = await _mean_megapixels(gateway, job)
        pictures = done.pictures * job.options.variants
        pace.jobs += 1
        pace.pictures += pictures
        pace.seconds += done.seconds
        pace.megapixels += pictures * (size or 0)
        pace.sizes_known = pace.sizes_known and size is not None
    return pace


async def _mean_megapixels(gateway: Gateway, job: Job) -> float | None:
    """By the results of one chunk in its middle. None: there are none in it."""
    chunk = await gateway.chunks.get(job.id, (job.chunks or 0) // 2)
    results = [result for item in chunk.items for result in item.results] if chunk else []
    return sum(result.width * result.height for result in results) / len(results) / 1e6 if results else None
