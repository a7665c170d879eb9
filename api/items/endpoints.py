"""The routes below `/v1/jobs/{job_id}/items`."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request
from starlette.responses import Response

from api.dependencies import GatewayOf, JobId
from api.http.cursors import After
from api.http.downloads import RangeRequestOf, download_route
from api.http.errors import (
    InvalidCursor,
    InvalidRequest,
    RangeNotSatisfiable,
)
from api.http.headers import DOWNLOAD_HEADERS, RANGE_HEADERS, binary, headers
from api.http.json_body import JSON_BODY, json_request_body, read_json
from api.http.problems import declare
from api.items.downloads import preview_response, result_response, source_response
from api.items.errors import (
    ItemCanceled,
    ItemExpired,
    ItemFailed,
    ItemNotFound,
    ItemSkipped,
    NoPreview,
    NoSource,
    NotReady,
    TypeNotAccepted,
    VariantNotFound,
)
from api.items.judging import judge
from api.items.schemas import Item, ItemChange, ItemPage
from api.items.service import VerdictFilter, check_result, error_of, find_item, find_previews, list_items, state_of
from api.jobs.errors import JobDeleted, JobNotFound
from api.jobs.service import find_kept_job
from shared.archives.errors import CorruptEntry
from shared.chunks.documents import Item as ItemDocument
from shared.errors import Unavailable
from shared.jobs import documents
from shared.lifecycle import ItemState
from shared.pictures import FORMATS

router = APIRouter(
    prefix="/jobs/{job_id}/items",
    tags=["items"],
    responses=declare(JobNotFound, JobDeleted, InvalidRequest, Unavailable),
)

# Why an item has no result, of a job that is there.
NO_RESULT = (ItemFailed, ItemSkipped, ItemCanceled, ItemExpired, NotReady)
Index = Annotated[int, Path(ge=0, lt=2**31)]
PICTURE = {"content": binary(*FORMATS)}
RESULT_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The colorized picture. Its SHA-256 is the ETag.", "headers": RANGE_HEADERS, **PICTURE},
    206: {"description": "The requested range.", "headers": RANGE_HEADERS | headers("Content-Range"), **PICTURE},
    303: {"description": "`Location` is a URL for the picture that expires soon.", "headers": headers("Location")},
    304: {"description": "`If-None-Match` matches it.", "headers": headers("ETag")},
    **declare(
        JobNotFound,
        JobDeleted,
        ItemNotFound,
        VariantNotFound,
        *NO_RESULT,
        InvalidRequest,
        RangeNotSatisfiable,
        Unavailable,
    ),
}
PREVIEW = {"content": binary("image/webp")}
PREVIEW_HEADERS = RANGE_HEADERS | headers("Cache-Control")
PREVIEW_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The preview, a few KB.", "headers": PREVIEW_HEADERS, **PREVIEW},
    206: {"description": "The requested range.", "headers": PREVIEW_HEADERS | headers("Content-Range"), **PREVIEW},
    304: {"description": "`If-None-Match` matches it.", "headers": headers("ETag")},
    **declare(
        JobNotFound,
        JobDeleted,
        ItemNotFound,
        *NO_RESULT,
        NoPreview,
        InvalidRequest,
        RangeNotSatisfiable,
        Unavailable,
    ),
}


@router.get(
    "",
    summary="List a job's items",
    responses=declare(JobNotFound, JobDeleted, InvalidRequest, InvalidCursor, Unavailable),
)
async def get_items(
    *,
    gateway: GatewayOf,
    job_id: JobId,
    state: ItemState | None = None,
    verdict: Annotated[
        VerdictFilter | None, Query(description="only results with this verdict; `none`: those nobody has judged")
    ] = None,
    start: Annotated[int, Query(ge=0, lt=2**31, description="only items from this index on")] = 0,
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> ItemPage:
    """One page, in the archive's own order. A job has no items until its archive's index has been read."""
    job = await find_kept_job(gateway, job_id)
    items, cursor = await list_items(gateway, job, state, start, after=after, limit=limit, verdict=verdict)
    return ItemPage(data=[_shown(job, item) for item in items], next_cursor=cursor)


@router.get(
    "/{index}",
    summary="Get an item",
    responses=declare(JobNotFound, JobDeleted, ItemNotFound, InvalidRequest, Unavailable),
)
async def get_item(gateway: GatewayOf, job_id: JobId, index: Index) -> Item:
    """The record of one entry of the archive."""
    job = await find_kept_job(gateway, job_id)
    item = await find_item(gateway, job, index)
    return _shown(job, item)


@router.patch(
    "/{index}",
    summary="Judge a result",
    response_model=Item,
    responses=declare(
        JobNotFound,
        JobDeleted,
        ItemNotFound,
        *NO_RESULT,
        InvalidRequest,
        *JSON_BODY,
        Unavailable,
    ),
    openapi_extra={"requestBody": json_request_body(ItemChange)},
)
async def patch_item(request: Request, gateway: GatewayOf, job_id: JobId, index: Index) -> Item:
    """Accept, reject or flag an item that has succeeded, or withdraw that. The item and the report show the verdict,
    who gave it and when; `results.zip` can be restricted to one verdict.
    """
    job = await find_kept_job(gateway, job_id)
    change = await read_json(request, ItemChange, gateway.settings)
    return _shown(job, await judge(gateway, job, index, change.verdict))


@download_route(router, "/{index}/result", summary="Download a result", responses=RESULT_RESPONSES)
async def get_result(
    *,
    request: RangeRequestOf,
    gateway: GatewayOf,
    job_id: JobId,
    index: Index,
    variant: Annotated[int, Query(ge=1, description="number of the variant, from 1")] = 1,
) -> Response:
    """The colorized picture, available as soon as it is finished, even while the job is still running."""
    job = await find_kept_job(gateway, job_id)
    item = await find_item(gateway, job, index)
    check_result(job, item, variant)
    return await result_response(gateway, item, variant, request=request)


@download_route(router, "/{index}/preview", summary="Download a result's preview", responses=PREVIEW_RESPONSES)
async def get_preview(*, request: RangeRequestOf, gateway: GatewayOf, job_id: JobId, index: Index) -> Response:
    """The first result at no more than 512 pixels a side, upright, as WebP."""
    item, previews = await find_previews(gateway, job_id, index)
    return await preview_response(gateway, previews.result, item.member, request)


@download_route(router, "/{index}/source-preview", summary="Download a source's preview", responses=PREVIEW_RESPONSES)
async def get_source_preview(*, request: RangeRequestOf, gateway: GatewayOf, job_id: JobId, index: Index) -> Response:
    """The source at no more than 512 pixels a side, upright, as WebP. Available together with the result."""
    item, previews = await find_previews(gateway, job_id, index)
    return await preview_response(gateway, previews.source, item.member, request)


@router.get(
    "/{index}/source",
    summary="Download a source",
    response_class=Response,
    responses={
        200: {
            "description": "The original entry, read from its archive.",
            "headers": DOWNLOAD_HEADERS | headers("Accept-Ranges", "Content-Length", "ETag"),
            **PICTURE,
        },
        304: {"description": "`If-None-Match` matches it.", "headers": headers("ETag")},
        **declare(
            JobNotFound,
            JobDeleted,
            ItemNotFound,
            NoSource,
            CorruptEntry,
            TypeNotAccepted,
            InvalidRequest,
            Unavailable,
        ),
    },
)
async def get_source(
    *,
    request: Request,
    gateway: GatewayOf,
    job_id: JobId,
    index: Index,
    _: Annotated[str | None, Header(alias="If-None-Match", description="the ETag of the version you have")] = None,
) -> Response:
    """The original picture. It is read from its place in the archive, without reading the rest. A browser that lists
    the types that it can show in `Accept` learns by 406 that this is none of them.
    """
    job = await find_kept_job(gateway, job_id)
    item = await find_item(gateway, job, index)
    if item.locator is None:
        raise NoSource(f"Item {index} has no source: its state is {item.state}.")
    return await source_response(gateway, job.id, item, request.headers)


def _shown(job: documents.Job, item: ItemDocument) -> Item:
    return Item.of(job.id, item, state_of(job, item), error_of(job, item))
