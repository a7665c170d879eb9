"""The routes that submit: `POST /v1/jobs` and `PUT /v1/jobs/{filename}`."""

from contextlib import suppress
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from api.dependencies import Gateway, GatewayOf
from api.dry_run.service import dry_run
from api.http.accepting import is_acceptable
from api.http.body import declared_length
from api.http.errors import NotAcceptable
from api.http.json_body import is_json, read_json
from api.http.problems import problem
from api.items.downloads import result_response
from api.items.service import find_item
from api.jobs.responses import job_response
from api.jobs.schemas import job_path
from api.jobs.service import has_ended, watch_job
from api.sources.schemas import JobRequest
from api.submission import docs
from api.submission.accept import SubmitOutcome
from api.submission.from_body import submit_body
from api.submission.from_source import check_query, submit_source
from api.submission.preferences import wait_seconds, wants_picture
from api.submission.request import name_in_path, name_part, read_request
from shared.errors import Unavailable
from shared.jobs.documents import Job, JobKind
from shared.jobs.options import Options, ResultFormat
from shared.lifecycle import JobState

router = APIRouter(prefix="/jobs", tags=["jobs"])


class _AnyCharacters(PathConvertor):
    """Starlette's `path` matches no newline: a name with one would be an unknown path instead of an invalid name."""

    regex = "(?s:.*)"


register_url_convertor("any_characters", _AnyCharacters())


class _NamedFile(APIRoute):
    """`%2F` is part of the name, a slash is not: that would be another resource, which does not exist."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if b"/" in name_part(scope.get("raw_path", b""), f"{docs.JOBS_PATH}/"):
            return Match.NONE, {}
        return super().matches(scope)


# `app.py` appends it to the application's routes.
named = APIRouter(prefix=docs.JOBS_PATH, tags=["jobs"], route_class=_NamedFile)

METHOD_HINTS = {
    (
        "PUT",
        docs.JOBS_PATH,
    ): f"PUT needs a file name in the path: {docs.JOBS_PATH}/NAME. `curl -T FILE` appends the name "
    "itself if the URL ends with a slash",
}


# The slash, too: the URL of the PUT has it, and a redirect would make clients send the body twice.
@router.post("/", include_in_schema=False)
@router.post("", **docs.SUBMIT, summary="Submit a picture, an archive, or objects in storage")
async def post_job(request: Request, gateway: GatewayOf) -> Response:
    """The body is the picture or the archive itself, raw or in a form. Several
    pictures in one form are one job. Or it is JSON that says where
    the pictures are: in earlier uploads, or in a bucket that the operator allows.

    The type of a body is decided by its bytes, not by its name or Content-Type. It is stored as it arrives, so it may
    be of any size. Nothing is kept of a body that is cut off. With `dry_run`, in JSON only, no job is created and
    nothing is stored: the answer estimates the work.
    """
    if not is_json(request):
        return await _submit_bytes(request, gateway, None)
    check_query(request)
    job_request = await read_json(request, JobRequest, gateway.settings)
    if job_request.dry_run:
        return Response((await dry_run(gateway, job_request)).model_dump_json(), media_type="application/json")
    _check_accept(request, job_request.options)
    await gateway.admit()
    return await _respond(request, gateway, await submit_source(gateway, request, job_request))


@named.put("/{job_id:any_characters}", **docs.SUBMIT_BY_NAME, summary="Submit a picture or an archive by name")
async def put_job(request: Request, gateway: GatewayOf) -> Response:
    """The same as `POST`, with the file's name in the path: `curl -T scans.zip http://127.0.0.1:8000/v1/jobs/`."""
    filename = name_in_path(request.scope["raw_path"], f"{docs.JOBS_PATH}/")
    return await _submit_bytes(request, gateway, filename)


async def _submit_bytes(request: Request, gateway: Gateway, filename: str | None) -> Response:
    await gateway.admit(declared_length(request) or 0)
    incoming = await read_request(request, gateway.settings, filename)
    _check_accept(request, incoming.options)
    return await _respond(request, gateway, await submit_body(gateway, incoming))


async def _respond(request: Request, gateway: Gateway, outcome: SubmitOutcome) -> Response:
    """The job at once or, for a single picture and at the client's request, when it has finished."""
    job, headers = outcome.job, {"Location": job_path(outcome.job.id)}
    if outcome.replayed:
        headers["Idempotency-Replayed"] = "true"
    wait = wait_seconds(request.headers)
    if wait is None or job.kind is not JobKind.SINGLE:
        return await job_response(gateway, job, HTTPStatus.ACCEPTED, headers)
    headers["Preference-Applied"] = f"wait={wait}"
    # The job has been accepted: an outage from here on must not look like a refusal.
    with suppress(Unavailable):
        job = await watch_job(gateway, job, has_ended, wait, request)
        if job.state.is_terminal and wants_picture(request.headers):
            picture = await _picture_response(request, gateway, job, headers)
            if picture is not None:
                return picture
    return await job_response(gateway, job, HTTPStatus.OK if job.state.is_terminal else HTTPStatus.ACCEPTED, headers)


async def _picture_response(request: Request, gateway: Gateway, job: Job, headers: dict[str, str]) -> Response | None:
    """The result itself, or a problem with the code of its failure. None: it has another type, and JSON will do."""
    item = await find_item(gateway, job, 0)
    if job.state is JobState.SUCCEEDED:
        located = {**headers, "Content-Location": f"{job_path(job.id)}/items/0/result"}
        media_type = item.results[0].media_type
        if is_acceptable(request.headers, media_type):
            return await result_response(gateway, item, headers=located)
        if is_acceptable(request.headers, "application/json"):
            return None
        detail = f"The picture is {media_type}, which Accept does not allow. It is at {located['Content-Location']}."
        status = HTTPStatus.NOT_ACCEPTABLE
        return problem(request.state.request_id, status, NotAcceptable.code, detail, headers=headers)
    reason = item.error or job.error
    code, detail = (reason.code, reason.detail) if reason else ("canceled", "The job was canceled.")
    return problem(request.state.request_id, HTTPStatus.UNPROCESSABLE_ENTITY, code, detail, headers=headers)


def _check_accept(request: Request, options: Options) -> None:
    """Before anything is stored, if the options name a format that the client does not accept. Raises NotAcceptable."""
    headers, form = request.headers, options.format
    if form is ResultFormat.SAME or wait_seconds(headers) is None or not wants_picture(headers):
        return
    media_type = f"image/{form}"
    if not is_acceptable(headers, media_type) and not is_acceptable(headers, "application/json"):
        raise NotAcceptable(f"With format={form} the picture is {media_type}, which Accept does not allow.")
