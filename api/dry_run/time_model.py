"""How long a job takes by its size: a part that every job costs, and a part for each megapixel."""

from collections.abc import Sequence
from dataclasses import dataclass

# Jobs of nearly the same size do not show which part is which: then all of their time counts as time per megapixel.
LEAST_SPREAD = 2.0


@dataclass(frozen=True, slots=True)
class TimeModel:
    per_job: float
    per_megapixel: float

    def seconds(self, megapixels: float) -> float:
        return self.per_job + self.per_megapixel * megapixels


def time_model(jobs: Sequence[tuple[float, float]]) -> TimeModel:
    """Fitted to the megapixels and seconds of finished jobs. Both parts are at least 0.

    Small jobs consist mostly of the first part. A plain ratio would take it for time per megapixel, and estimate a
    multiple of what a larger job takes. The squared *relative* errors are minimized, so that small jobs count as well.
    """
    sizes = [megapixels for megapixels, _ in jobs]
    average = TimeModel(0.0, sum(seconds for _, seconds in jobs) / sum(sizes))
    if max(sizes) < LEAST_SPREAD * min(sizes):
        return average
    weights = [1 / seconds**2 for _, seconds in jobs]
    total = sum(weights)
    mean_size = sum(weight * size for weight, (size, _) in zip(weights, jobs, strict=True)) / total
    mean_seconds = sum(weight * seconds for weight, (_, seconds) in zip(weights, jobs, strict=True)) / total
    spread = sum(weight * (size - mean_size) ** 2 for weight, (size, _) in zip(weights, jobs, strict=True))
    slope = (
        sum(
            weight * (size - mean_size) * (seconds - mean_seconds)
            for weight, (size, seconds) in zip(weights, jobs, strict=True)
        )
        / spread
    )
    # Small jobs alone say little about large ones: no more than ten times the best throughput seen is expected.
    slope = max(slope, min(seconds / size for size, seconds in jobs) / 10)
    per_job = mean_seconds - slope * mean_size
    return TimeModel(per_job, slope) if per_job >= 0 else average
