"""Where a job is found. Wherever a job is taken, its id will do."""

from __future__ import annotations

from urllib.parse import quote

from photochrom.responses import Job


def id_of(job: Job | str) -> str:
    return job if isinstance(job, str) else job.id


def path_of(job: Job | str) -> str:
    return f"/v1/jobs/{quote(id_of(job), safe='')}"


def result_address(job_path: str, index: int, variant: int) -> str:
    """Where one of an item's results is had, for the job with this path."""
    return f"{job_path}/items/{index}/result" + (f"?variant={variant}" if variant > 1 else "")
