"""The routes of `/v1/jobs`, except the polled one (`polling.py`)."""

from contextlib import suppress
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api import errors
from api.dependencies import Gateway, GatewayOf, JobId, Owner
from api.dry_run.service import dry_run
from api.http.cursors import After
from api.http.downloads import result_response
from api.http.json_body import is_json, read_json
from api.http.problems import declare, problem
from api.items.service import find_item
from api.jobs.preferences import wait_seconds, wants_picture
from api.jobs.schemas import Job, JobPage, job_path
from api.jobs.service import cancel_job, delete_job, list_jobs, retry_job, watch_job
from api.sources.schemas import JobRequest
from api.submission import docs
from api.submission.accept import Submitted
from api.submission.from_body import submit_body
from api.submission.from_source import check_query, submit_source
from api.submission.request import name_in_path, read_request
from shared.clock import utc_now
from shared.errors import Unavailable
from shared.jobs import documents
from shared.jobs.documents import JobKind
from shared.lifecycle import JobState

router = APIRouter(prefix="/jobs", tags=["jobs"])


def job_response(job: documents.Job, status: HTTPStatus, headers: dict[str, str] | None = None) -> Response:
    """A job with its validator, and, while it is not over, when to look again."""
    described = {"ETag": f'"{job.version}"', "Cache-Control": "no-cache", **(headers or {})}
    if not job.state.is_terminal:
        described["Retry-After"] = "1" if job.state is not JobState.DELETING else "10"
    content = Job.of(job, utc_now()).model_dump_json()
    return Response(content, status, described, "application/json")


# With the slash, too: it stands in the URL of the PUT, and a body should not have to be sent twice for it.
@router.post("/", include_in_schema=False)
@router.post("", **docs.SUBMIT, summary="Submit a picture, an archive, or what lies in object storage")
async def post_job(request: Request, gateway: GatewayOf, owner: Owner) -> Response:
    """The body is the picture or the archive itself, raw or as the last field of a form; or it is JSON and says where
    the pictures are: uploaded before, or in a bucket that the operator allows.

    What a body is, is decided by its bytes, not by its name or Content-Type. It is stored while it arrives, so it may
    be of any size. One that is cut off leaves nothing behind. With `dry_run`, which only JSON has, nothing is stored
    and no job is made: the answer says how much there would be to do.
    """
    if not is_json(request):
        return await _submit_bytes(request, gateway, owner, None)
    check_query(request)
    wanted = await read_json(request, JobRequest, gateway.settings)
    if wanted.dry_run:
        return Response((await dry_run(gateway, owner, wanted)).model_dump_json(), media_type="application/json")
    return await _accepted(request, gateway, await submit_source(gateway, owner, request, wanted))


@router.put("/{filename:path}", **docs.SUBMIT_BY_NAME, summary="Submit a picture or an archive by name")
async def put_job(request: Request, gateway: GatewayOf, owner: Owner) -> Response:
    """The same as `POST`, with the file's name in the path: `curl -T scans.zip http://127.0.0.1:8000/v1/jobs/`."""
    filename = name_in_path(request.scope["raw_path"], f"{docs.JOBS_PATH}/")
    if filename is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return await _submit_bytes(request, gateway, owner, filename)


@router.put("", include_in_schema=False)
async def put_without_name() -> None:
    raise HTTPException(
        HTTPStatus.METHOD_NOT_ALLOWED,
        f"PUT takes the file's name behind {docs.JOBS_PATH}/; `curl -T FILE` puts it there itself, if the address ends "
        "with a slash",
        headers={"Allow": "GET, POST"},
    )


async def _submit_bytes(request: Request, gateway: Gateway, owner: str, filename: str | None) -> Response:
    incoming = await read_request(request, gateway.settings, filename)
    return await _accepted(request, gateway, await submit_body(gateway, owner, incoming))


async def _accepted(request: Request, gateway: Gateway, submitted: Submitted) -> Response:
    """The job at once or, if it is asked for and it is a single picture, when that is done."""
    job, headers = submitted.job, {"Location": job_path(submitted.job.id)}
    if submitted.replayed:
        headers["Idempotency-Replayed"] = "true"
    wait = wait_seconds(request.headers)
    if wait is None or job.kind is not JobKind.SINGLE:
        return job_response(job, HTTPStatus.ACCEPTED, headers)
    headers["Preference-Applied"] = f"wait={wait}"
    # From here on the job is accepted: whatever goes away meanwhile must not make it look refused.
    with suppress(Unavailable):
        job = await watch_job(gateway, job, lambda found: found.state.is_terminal, wait, request.is_disconnected)
        if job.state.is_terminal and wants_picture(request.headers):
            return await _picture(request, gateway, job, headers)
    return job_response(job, HTTPStatus.OK if job.state.is_terminal else HTTPStatus.ACCEPTED, headers)


async def _picture(request: Request, gateway: Gateway, job: documents.Job, headers: dict[str, str]) -> Response:
    """The result itself, or a problem with the code of what went wrong with it."""
    item = await find_item(gateway, job, 0)
    if job.state is JobState.SUCCEEDED:
        located = {**headers, "Content-Location": f"{job_path(job.id)}/items/0/result"}
        return await result_response(gateway, item, headers=located)
    reason = item.error or job.error
    code, detail = (reason.code, reason.detail) if reason else ("canceled", "The job was canceled.")
    return problem(request.state.request_id, HTTPStatus.UNPROCESSABLE_ENTITY, code, detail, headers=headers)


@router.get(
    "",
    summary="List jobs",
    responses=declare(errors.InvalidRequest, errors.InvalidCursor, Unavailable),
)
async def get_jobs(
    gateway: GatewayOf,
    owner: Owner,
    state: JobState | None = None,
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> JobPage:
    """One page, newest first."""
    jobs, cursor = await list_jobs(gateway, owner, state, after, limit)
    now = utc_now()
    return JobPage(data=[Job.of(job, now) for job in jobs], next_cursor=cursor)


@router.post(
    "/{job_id}/cancel",
    summary="Cancel a job",
    status_code=HTTPStatus.ACCEPTED,
    response_model=Job,
    responses={
        200: {"description": "The job was over already and stays as it is.", "model": Job},
        **declare(errors.JobNotFound, errors.InvalidRequest, Unavailable),
    },
)
async def post_cancel(gateway: GatewayOf, owner: Owner, job_id: JobId) -> Response:
    """Stop a job; what was finished is kept. Canceling twice does no harm."""
    job, was_live = await cancel_job(gateway, owner, job_id)
    return job_response(job, HTTPStatus.ACCEPTED if was_live else HTTPStatus.OK)


@router.post(
    "/{job_id}/retry",
    summary="Retry a job",
    status_code=HTTPStatus.ACCEPTED,
    response_model=Job,
    responses=declare(
        errors.JobNotFound,
        errors.JobDeleted,
        errors.NotFinished,
        errors.NothingToRetry,
        errors.InvalidRequest,
        Unavailable,
    ),
)
async def post_retry(gateway: GatewayOf, owner: Owner, job_id: JobId) -> Response:
    """Begin another run of a job that is over, for what failed or was canceled in it; what succeeded is kept."""
    return job_response(await retry_job(gateway, owner, job_id), HTTPStatus.ACCEPTED)


@router.delete(
    "/{job_id}",
    summary="Delete a job",
    status_code=HTTPStatus.ACCEPTED,
    response_model=Job,
    responses=declare(errors.JobNotFound, errors.InvalidRequest, Unavailable),
)
async def remove_job(gateway: GatewayOf, owner: Owner, job_id: JobId) -> Response:
    """Stop a job if it still runs, and remove its source, its results and every record of it: within minutes its id is
    not known any more. Nothing brings it back.
    """
    return job_response(await delete_job(gateway, owner, job_id), HTTPStatus.ACCEPTED)
