"""URL paths of jobs and results. A function that takes a job also takes its id."""

from __future__ import annotations

from urllib.parse import quote

from photochrom.responses import Job


def job_id(job: Job | str) -> str:
    return job if isinstance(job, str) else job.id


def job_path(job: Job | str) -> str:
    return f"/v1/jobs/{quote(job_id(job), safe='')}"


def result_url(job_path: str, index: int, variant: int) -> str:
    """Where to download one of an item's results, given the path of its job."""
    return f"{job_path}/items/{index}/result" + (f"?variant={variant}" if variant > 1 else "")
