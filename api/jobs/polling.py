"""`GET /v1/jobs/{id}`: the route that is asked again and again, and the way by which that is cheap."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from api.dependencies import LONGEST_ID, GatewayOf, JobId, Owner, gateway_of, owner_of
from api.http.errors import InvalidRequest
from api.http.etags import has_current
from api.http.problems import declare
from api.jobs.errors import JobNotFound
from api.jobs.responses import job_response
from api.jobs.schemas import Job
from api.jobs.service import find_job, watch_job
from shared.errors import Unavailable
from shared.jobs import documents


class Poll(APIRoute):
    """Answers a poll that waits for nothing past FastAPI's reading of parameters, which takes longer than the rest."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        thorough = super().get_route_handler()

        async def handle(request: Request) -> Response:
            is_plain = not request.scope["query_string"] and len(request.path_params["job_id"]) <= LONGEST_ID
            return await (_poll(request) if is_plain else thorough(request))

        return handle


# Not included by another router but put first among the application's routes, since routers are searched one by one.
router = APIRouter(prefix="/v1/jobs", tags=["jobs"], route_class=Poll)


@router.get(
    "/{job_id}",
    summary="Get a job",
    response_model=Job,
    responses={
        304: {"description": "`If-None-Match` names the version that there is."},
        **declare(JobNotFound, InvalidRequest, Unavailable),
    },
)
async def get_job(
    *,
    request: Request,
    gateway: GatewayOf,
    owner: Owner,
    job_id: JobId,
    if_none_match: Annotated[str | None, Header(description="the ETag of the version you have")] = None,
    wait: Annotated[
        float,
        Query(
            ge=0,
            le=30,
            description="seconds to wait for another version or, without If-None-Match, for the end",
        ),
    ] = 0,
) -> Response:
    """State, counts and progress. With `wait` the answer is held until there is news."""
    job = await find_job(gateway, owner, job_id)

    def is_news(found: documents.Job) -> bool:
        if if_none_match is None:
            return found.state.is_terminal
        return not has_current(if_none_match, str(found.version))

    # A terminal job has no news: holding it would only hold up its client.
    job = await watch_job(
        gateway, job, lambda found: found.state.is_terminal or is_news(found), wait, request.is_disconnected
    )
    return _unless_current(job, if_none_match)


async def _poll(request: Request) -> Response:
    """`get_job` without `wait`."""
    job = await find_job(await gateway_of(request), await owner_of(request), request.path_params["job_id"])
    return _unless_current(job, request.headers.get("if-none-match"))


def _unless_current(job: documents.Job, if_none_match: str | None) -> Response:
    if not has_current(if_none_match, str(job.version)):
        return job_response(job, HTTPStatus.OK)
    retry = {} if job.state.is_terminal else {"Retry-After": "1"}
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": f'"{job.version}"', **retry})
