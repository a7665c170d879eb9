"""The route of a job's events."""

import json
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from starlette.responses import Response

from api.dependencies import GatewayOf, JobId
from api.events.errors import TooManyStreams
from api.events.schemas import SNAPSHOT
from api.events.watching import Watchers, version_of
from api.http.downloads import Download, StartedStream
from api.http.errors import InvalidRequest
from api.http.headers import headers
from api.http.measuring import mark_as_held
from api.http.problems import declare
from api.http.stopping import Stopping
from api.jobs.errors import JobNotFound
from api.jobs.service import find_job
from shared.errors import Unavailable

router = APIRouter(prefix="/jobs/{job_id}", tags=["jobs"])

EXAMPLE = f"event: snapshot\nid: 18\ndata: {json.dumps(SNAPSHOT)}\n\nevent: end\nid: 18\ndata: {{}}\n\n"


async def watchers_of(request: Request) -> Watchers:
    watchers: Watchers = request.app.state.watchers
    return watchers


@router.get(
    "/events",
    summary="Watch a job",
    response_class=Response,
    responses={
        200: {
            "description": "Server-sent events. The data of each `snapshot` is a `JobSnapshot`.",
            "headers": headers("Cache-Control"),
            "content": {"text/event-stream": {"example": EXAMPLE}},
        },
        204: {"description": "The job has ended, and `Last-Event-ID` is its last state: there is nothing to watch."},
        **declare(JobNotFound, InvalidRequest, TooManyStreams, Unavailable),
    },
)
async def get_events(
    *,
    request: Request,
    gateway: GatewayOf,
    job_id: JobId,
    watchers: Annotated[Watchers, Depends(watchers_of)],
    last_event_id: Annotated[
        str | None, Header(max_length=64, description="the `id` of the last event you have")
    ] = None,
) -> Response:
    """A snapshot now and whenever the job has changed, at most one a second; `end` once it has ended. A stream ends
    after five minutes at the latest, and when the gateway stops: continue with `Last-Event-ID`, as browsers do.
    """
    job = await find_job(gateway, job_id)
    first = await version_of(gateway, job)
    if first.has_ended and last_event_id == first.tag:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    watchers.check(gateway.caller)
    mark_as_held(request)
    stream = watchers.stream(gateway, job.id, first, last_event_id, Stopping.of(request))
    # A proxy that collects an answer before it passes it on would hold the events back.
    unbuffered = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return Download(await StartedStream.of(stream), unbuffered, "text/event-stream")
