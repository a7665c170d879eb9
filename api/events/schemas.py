"""A snapshot of a job, the data of an event."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from api.examples import JOB, documented_by
from api.jobs.schemas import Job
from shared.jobs import documents

SNAPSHOT: dict[str, Any] = {
    "job": JOB,
    "rate": 3.2,
    "seconds_left": 10.3,
    "waiting_for": None,
    "latest": [171, 168, 172],
}


class JobSnapshot(BaseModel):
    model_config = documented_by(SNAPSHOT)

    job: Job
    rate: float | None = Field(description="pictures per second")
    seconds_left: float | None
    waiting_for: str | None
    latest: list[int] = Field(description="the items that succeeded last, at most 12, the newest at the end")

    @classmethod
    def of(cls, job: documents.Job, now: datetime, waiting_for: str | None) -> "JobSnapshot":
        shown = Job.of(job, now, waiting_for)
        return cls(
            job=shown, rate=shown.rate, seconds_left=shown.eta_seconds, waiting_for=waiting_for, latest=job.latest
        )
