"""Where a job is found. Wherever a job is taken, its id will do."""

from __future__ import annotations

from urllib.parse import quote

from .models import Job


def id_of(job: Job | str) -> str:
    return job if isinstance(job, str) else job.id


def path_of(job: Job | str) -> str:
    return f"/v1/jobs/{quote(id_of(job), safe='')}"
