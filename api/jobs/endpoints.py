"""The routes of `/v1/jobs` for jobs that exist, except the polled one (`polling.py`)."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from api.admission.errors import ADMISSION
from api.dependencies import GatewayOf, JobId
from api.http.cursors import After
from api.http.errors import InvalidCursor, InvalidRequest
from api.http.json_body import JSON_BODY, is_json, json_request_body, read_json
from api.http.problems import declare
from api.jobs.errors import DeadlinePassed, JobDeleted, JobNotFound, NotFinished, NothingToRetry, StoppedEarly
from api.jobs.responses import JOB_HEADERS, job_response
from api.jobs.schemas import Job, JobPage, RetryRequest
from api.jobs.service import cancel_job, delete_job, find_kept_job, list_jobs, retry_job
from api.options.errors import InvalidOption
from shared.clock import utc_now
from shared.errors import Unavailable
from shared.jobs.terms import LONGEST_LABEL, MOST_LABELS, Moment
from shared.lifecycle import JobState

router = APIRouter(prefix="/jobs", tags=["jobs"])

ACCEPTED: dict[int | str, dict[str, Any]] = {202: {"headers": JOB_HEADERS}}
Labels = Annotated[
    tuple[Annotated[str, Field(max_length=LONGEST_LABEL)], ...],
    Query(max_length=MOST_LABELS, description="only jobs with this label. Repeatable: with all of them"),
]


@router.get("", summary="List jobs", responses=declare(InvalidRequest, InvalidCursor, Unavailable))
async def get_jobs(
    gateway: GatewayOf,
    *,
    state: JobState | None = None,
    label: Labels = (),
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> JobPage:
    """One page, newest first."""
    jobs, cursor = await list_jobs(gateway, state, label, after=after, limit=limit)
    now = utc_now()
    data = [Job.of(job, now, await gateway.waiting.reason(job)) for job in jobs]
    return JobPage(data=data, next_cursor=cursor)


@router.post(
    "/{job_id}/cancel",
    summary="Cancel a job",
    status_code=HTTPStatus.ACCEPTED,
    response_model=Job,
    responses={
        200: {"description": "The job had already finished and stays as it is.", "model": Job, "headers": JOB_HEADERS},
        **ACCEPTED,
        **declare(JobNotFound, InvalidRequest, Unavailable),
    },
)
async def post_cancel(gateway: GatewayOf, job_id: JobId) -> Response:
    """Stop a job. Finished items are kept. Canceling twice does no harm."""
    job, was_live = await cancel_job(gateway, job_id)
    return await job_response(gateway, job, HTTPStatus.ACCEPTED if was_live else HTTPStatus.OK)


@router.post(
    "/{job_id}/retry",
    summary="Retry a job",
    status_code=HTTPStatus.ACCEPTED,
    response_model=Job,
    responses={
        **ACCEPTED,
        **declare(
            JobNotFound,
            JobDeleted,
            NotFinished,
            NothingToRetry,
            StoppedEarly,
            DeadlinePassed,
            InvalidOption,
            InvalidRequest,
            *JSON_BODY,
            Unavailable,
            *ADMISSION,
        ),
    },
    openapi_extra={"requestBody": {**json_request_body(RetryRequest), "required": False}},
)
async def post_retry(
    request: Request,
    gateway: GatewayOf,
    job_id: JobId,
    deadline: Annotated[
        Moment | None, Query(description="the new deadline, as in a submission; required if the job's has passed")
    ] = None,
) -> Response:
    """Start another run of a finished job for the items that failed, expired or were canceled, or for those failed
    items that the body lists. Succeeded items are kept.
    """
    await find_kept_job(gateway, job_id)
    items = (await read_json(request, RetryRequest, gateway.settings)).items if is_json(request) else None
    return await job_response(gateway, await retry_job(gateway, job_id, deadline, items), HTTPStatus.ACCEPTED)


@router.delete(
    "/{job_id}",
    summary="Delete a job",
    status_code=HTTPStatus.ACCEPTED,
    response_model=Job,
    responses=ACCEPTED | declare(JobNotFound, InvalidRequest, Unavailable),
)
async def remove_job(gateway: GatewayOf, job_id: JobId) -> Response:
    """Stop a job if it still runs, and remove its source, its results and every record of it. Within minutes its id is
    unknown. This cannot be undone.
    """
    return await job_response(gateway, await delete_job(gateway, job_id), HTTPStatus.ACCEPTED)
