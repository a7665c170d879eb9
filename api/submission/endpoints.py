"""The routes that submit: `POST /v1/jobs` and `PUT /v1/jobs/{filename}`."""

from contextlib import suppress
from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.dependencies import Gateway, GatewayOf, Owner
from api.dry_run.service import dry_run
from api.http.json_body import is_json, read_json
from api.http.problems import problem
from api.items.downloads import result_response
from api.items.service import find_item
from api.jobs.responses import job_response
from api.jobs.schemas import job_path
from api.jobs.service import watch_job
from api.sources.schemas import JobRequest
from api.submission import docs
from api.submission.accept import SubmitOutcome
from api.submission.from_body import submit_body
from api.submission.from_source import check_query, submit_source
from api.submission.preferences import wait_seconds, wants_picture
from api.submission.request import name_in_path, read_request
from shared.errors import Unavailable
from shared.jobs.documents import Job, JobKind
from shared.lifecycle import JobState

router = APIRouter(prefix="/jobs", tags=["jobs"])


class _AnyCharacters(PathConvertor):
    """Starlette's `path` matches no newline: a name with one would be an unknown path instead of an invalid name."""

    regex = "(?s:.*)"


register_url_convertor("any_characters", _AnyCharacters())


# The slash, too: the URL of the PUT has it, and a redirect would make clients send the body twice.
@router.post("/", include_in_schema=False)
@router.post("", **docs.SUBMIT, summary="Submit a picture, an archive, or objects in storage")
async def post_job(request: Request, gateway: GatewayOf, owner: Owner) -> Response:
    """The body is the picture or the archive itself, raw or as the last field of a form. Or it is JSON that says where
    the pictures are: in earlier uploads, or in a bucket that the operator allows.

    The type of a body is decided by its bytes, not by its name or Content-Type. It is stored as it arrives, so it may
    be of any size. Nothing is kept of a body that is cut off. With `dry_run`, in JSON only, no job is created and
    nothing is stored: the answer estimates the work.
    """
    if not is_json(request):
        return await _submit_bytes(request, gateway, owner, None)
    check_query(request)
    job_request = await read_json(request, JobRequest, gateway.settings)
    if job_request.dry_run:
        return Response((await dry_run(gateway, owner, job_request)).model_dump_json(), media_type="application/json")
    return await _respond(request, gateway, await submit_source(gateway, owner, request, job_request))


@router.put("/{filename:any_characters}", **docs.SUBMIT_BY_NAME, summary="Submit a picture or an archive by name")
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
        f"PUT needs a file name in the path: {docs.JOBS_PATH}/NAME. `curl -T FILE` appends the name itself if the URL "
        "ends with a slash",
        headers={"Allow": "GET, POST"},
    )


async def _submit_bytes(request: Request, gateway: Gateway, owner: str, filename: str | None) -> Response:
    incoming = await read_request(request, gateway.settings, filename)
    return await _respond(request, gateway, await submit_body(gateway, owner, incoming))


async def _respond(request: Request, gateway: Gateway, outcome: SubmitOutcome) -> Response:
    """The job at once or, for a single picture and at the client's request, when it has finished."""
    job, headers = outcome.job, {"Location": job_path(outcome.job.id)}
    if outcome.replayed:
        headers["Idempotency-Replayed"] = "true"
    wait = wait_seconds(request.headers)
    if wait is None or job.kind is not JobKind.SINGLE:
        return job_response(job, HTTPStatus.ACCEPTED, headers)
    headers["Preference-Applied"] = f"wait={wait}"
    # The job has been accepted: an outage from here on must not look like a refusal.
    with suppress(Unavailable):
        job = await watch_job(gateway, job, lambda latest: latest.state.is_terminal, wait, request.is_disconnected)
        if job.state.is_terminal and wants_picture(request.headers):
            return await _picture_response(request, gateway, job, headers)
    return job_response(job, HTTPStatus.OK if job.state.is_terminal else HTTPStatus.ACCEPTED, headers)


async def _picture_response(request: Request, gateway: Gateway, job: Job, headers: dict[str, str]) -> Response:
    """The result itself, or a problem with the code of its failure."""
    item = await find_item(gateway, job, 0)
    if job.state is JobState.SUCCEEDED:
        located = {**headers, "Content-Location": f"{job_path(job.id)}/items/0/result"}
        return await result_response(gateway, item, headers=located)
    reason = item.error or job.error
    code, detail = (reason.code, reason.detail) if reason else ("canceled", "The job was canceled.")
    return problem(request.state.request_id, HTTPStatus.UNPROCESSABLE_ENTITY, code, detail, headers=headers)
