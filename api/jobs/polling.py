"""`GET /v1/jobs/{id}`: the route that clients poll, with a fast path that keeps polling cheap."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from api.dependencies import MAX_ID_LENGTH, Gateway, GatewayOf, JobId, gateway_of
from api.http.errors import InvalidRequest
from api.http.etags import has_current
from api.http.headers import headers
from api.http.problems import declare
from api.jobs.errors import JobNotFound
from api.jobs.responses import JOB_HEADERS, response_of, tag_of
from api.jobs.schemas import Job
from api.jobs.service import find_job, watch_job
from shared.errors import Unavailable
from shared.jobs import documents


class Poll(APIRoute):
    """Answers a poll without parameters directly: FastAPI's parsing of parameters takes longer than everything else."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        full_handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            is_plain = not request.scope["query_string"] and len(request.path_params["job_id"]) <= MAX_ID_LENGTH
            return await (_poll(request) if is_plain else full_handler(request))

        return handle


# `app.py` puts it first among the application's routes, and includes it in no router: routers are searched one by one.
router = APIRouter(prefix="/v1/jobs", tags=["jobs"], route_class=Poll)


@router.get(
    "/{job_id}",
    summary="Get a job",
    response_model=Job,
    responses={
        200: {"headers": JOB_HEADERS},
        304: {
            "description": "`If-None-Match` matches the current version.",
            "headers": headers("ETag", sometimes=["Retry-After"]),
        },
        **declare(JobNotFound, InvalidRequest, Unavailable),
    },
)
async def get_job(
    *,
    request: Request,
    gateway: GatewayOf,
    job_id: JobId,
    if_none_match: Annotated[str | None, Header(description="the ETag of the version you have")] = None,
    wait: Annotated[
        float,
        Query(
            ge=0,
            le=30,
            description="seconds to wait for a new version or, without If-None-Match, for the job to finish",
        ),
    ] = 0,
) -> Response:
    """State, counts and progress. With `wait`, the answer is held until something changes."""
    job = await find_job(gateway, job_id)

    async def is_due(latest: documents.Job) -> bool:
        # A finished job will not change, so there is nothing to wait for.
        if latest.state.is_terminal or if_none_match is None:
            return latest.state.is_terminal
        return not has_current(if_none_match, tag_of(latest, await gateway.waiting.reason(latest)))

    job = await watch_job(gateway, job, is_due, wait, request)
    return await _response_unless_current(gateway, job, if_none_match)


async def _poll(request: Request) -> Response:
    """`get_job` without parameters."""
    gateway = await gateway_of(request)
    job = await find_job(gateway, request.path_params["job_id"])
    return await _response_unless_current(gateway, job, request.headers.get("if-none-match"))


async def _response_unless_current(gateway: Gateway, job: documents.Job, if_none_match: str | None) -> Response:
    waiting_for = await gateway.waiting.reason(job)
    tag = tag_of(job, waiting_for)
    if not has_current(if_none_match, tag):
        return response_of(job, waiting_for, HTTPStatus.OK)
    retry = {} if job.state.is_terminal else {"Retry-After": "1"}
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": f'"{tag}"', **retry})
