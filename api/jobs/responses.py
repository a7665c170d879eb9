"""A job as an HTTP response."""

from http import HTTPStatus

from starlette.responses import Response

from api.dependencies import Gateway
from api.http.headers import headers
from api.jobs.schemas import Job
from shared.clock import utc_now
from shared.jobs import documents
from shared.lifecycle import JobState

JOB_HEADERS = headers("ETag", "Cache-Control", sometimes=["Retry-After"])


async def job_response(
    gateway: Gateway, job: documents.Job, status: HTTPStatus, further: dict[str, str] | None = None
) -> Response:
    return response_of(job, await gateway.waiting.reason(job), status, further)


def response_of(
    job: documents.Job, waiting_for: str | None, status: HTTPStatus, further: dict[str, str] | None = None
) -> Response:
    """With its ETag and, until it has finished, with `Retry-After`: when to poll again."""
    all_headers = {"ETag": f'"{tag_of(job, waiting_for)}"', "Cache-Control": "no-cache", **(further or {})}
    if not job.state.is_terminal:
        all_headers["Retry-After"] = "1" if job.state is not JobState.DELETING else "10"
    content = Job.of(job, utc_now(), waiting_for).model_dump_json()
    return Response(content, status, all_headers, "application/json")


def tag_of(job: documents.Job, waiting_for: str | None) -> str:
    """The ETag without quotes: what a job waits for changes without the job."""
    return str(job.version) if waiting_for is None else f"{job.version}-{waiting_for.replace(' ', '-')}"
