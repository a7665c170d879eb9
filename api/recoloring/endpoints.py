"""`POST /v1/jobs/{job_id}/items/{index}/colorize`: how the picture would look with other options."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.dependencies import GatewayOf, JobId
from api.http.errors import InvalidRequest
from api.http.headers import binary, headers
from api.http.json_body import JSON_BODY, json_request_body, read_json
from api.http.measuring import mark_as_held
from api.http.problems import declare
from api.items.endpoints import NO_RESULT, Index
from api.items.errors import ItemNotFound, NoPreview
from api.items.service import find_previews
from api.jobs.errors import JobDeleted, JobNotFound
from api.options.errors import InvalidOption
from api.recoloring.errors import RecolorFailed
from api.recoloring.service import recolor
from shared.errors import NoWorker, TimedOut, Unavailable
from shared.jobs.options import Coloring
from shared.recoloring import TooManyRecolorings

router = APIRouter(prefix="/jobs/{job_id}/items", tags=["items"])


@router.post(
    "/{index}/colorize",
    summary="Colorize a picture's preview anew",
    response_class=Response,
    responses={
        200: {
            "description": "The picture in these colors, at no more than 512 pixels a side, upright.",
            "headers": headers("Cache-Control"),
            "content": binary("image/webp"),
        },
        **declare(
            JobNotFound,
            JobDeleted,
            ItemNotFound,
            *NO_RESULT,
            NoPreview,
            InvalidRequest,
            InvalidOption,
            RecolorFailed,
            *JSON_BODY,
            TooManyRecolorings,
            NoWorker,
            Unavailable,
            TimedOut,
        ),
    },
    openapi_extra={"requestBody": json_request_body(Coloring)},
)
async def post_colorize(request: Request, gateway: GatewayOf, job_id: JobId, index: Index) -> Response:
    """How a job with these options would color the picture, as a preview, while you wait: usually within a second.
    Nothing is stored, and the job stays as it is. To keep the colors, submit a job of `source.type` `job`.

    The preview is made from the source's, so a job's result may differ slightly. Whoever does not wait for the answer
    should close the connection: the request is dropped then.
    """
    _, previews = await find_previews(gateway, job_id, index)
    coloring = await read_json(request, Coloring, gateway.settings)
    mark_as_held(request)
    picture = await recolor(gateway, request, job_id, previews.source.key, coloring)
    return Response(picture, media_type="image/webp", headers={"Cache-Control": "no-store"})
