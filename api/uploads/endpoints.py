"""The routes of `/v1/uploads`."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from api.admission.errors import ADMISSION
from api.dependencies import MAX_ID_LENGTH, GatewayOf
from api.examples import UPLOAD_ID
from api.http.cursors import After
from api.http.errors import (
    BodyIncomplete,
    BodyTooLarge,
    BodyTooSlow,
    EncodedBody,
    InvalidCursor,
    InvalidRequest,
    PartialBody,
)
from api.http.headers import headers
from api.http.json_body import json_request_body, read_json
from api.http.problems import declare
from api.sources.errors import UploadNotFound, UploadUsed
from api.uploads import service
from api.uploads.errors import InvalidParts, UploadClosed
from api.uploads.schemas import BegunUpload, Completion, NewUpload, PartPage, Upload, upload_path
from shared.errors import Unavailable
from shared.storage.errors import StorageFull

router = APIRouter(prefix="/uploads", tags=["uploads"])

UploadId = Annotated[str, Path(max_length=MAX_ID_LENGTH, examples=[UPLOAD_ID])]
BODY = (BodyIncomplete, PartialBody, EncodedBody, BodyTooSlow, BodyTooLarge, StorageFull)
FAILURES = (InvalidRequest, UploadNotFound, Unavailable)
PARTS_PER_PAGE = 100
BINARY: dict[str, Any] = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}


@router.post(
    "",
    summary="Start an upload",
    status_code=HTTPStatus.CREATED,
    response_model=BegunUpload,
    responses={
        201: {"headers": headers("Location", "Cache-Control")},
        **declare(InvalidRequest, *BODY, Unavailable, *ADMISSION),
    },
    openapi_extra={"requestBody": json_request_body(NewUpload)},
)
async def post_upload(request: Request, gateway: GatewayOf) -> Response:
    """For a file that should bypass the gateway, or whose transfer must survive interruptions.

    Split it into the parts that the answer lists, PUT each to its URL, keep the ETag of each answer, and complete the
    upload. Parts may be sent in any order, in parallel, and repeatedly. Then submit it:
    `{"source": {"type": "upload", …}}`.
    """
    upload = await service.start_upload(gateway, await read_json(request, NewUpload, gateway.settings))
    created = BegunUpload.with_parts(upload, service.part_page(gateway, upload, 0, PARTS_PER_PAGE))
    headers = {"Location": upload_path(upload.id), "Cache-Control": "no-store"}
    return Response(created.model_dump_json(), HTTPStatus.CREATED, headers, "application/json")


@router.get("/{upload_id}", summary="Get an upload", responses=declare(*FAILURES))
async def get_upload(gateway: GatewayOf, upload_id: UploadId) -> Upload:
    """Its state."""
    return Upload.of(await service.find_upload(gateway, upload_id))


@router.get(
    "/{upload_id}/parts",
    summary="List the URLs of the parts",
    responses={200: {"headers": headers("Cache-Control")}, **declare(*FAILURES, InvalidCursor, UploadClosed)},
)
async def get_parts(
    *,
    response: Response,
    gateway: GatewayOf,
    upload_id: UploadId,
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = PARTS_PER_PAGE,
) -> PartPage:
    """One page. Each URL expires after a while; request the page again for new ones."""
    response.headers["Cache-Control"] = "no-store"
    return await service.list_parts(gateway, upload_id, after, limit)


@router.put(
    "/{upload_id}/parts/{number}",
    summary="Send a part through the gateway",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses={
        204: {"description": "The part is stored. Complete the upload with its `ETag`.", "headers": headers("ETag")},
        **declare(*FAILURES, InvalidParts, UploadClosed, *BODY),
    },
    openapi_extra={"requestBody": BINARY},
)
async def put_part(
    request: Request,
    gateway: GatewayOf,
    upload_id: UploadId,
    number: Annotated[int, Path(ge=1, le=service.MAX_PARTS)],
) -> Response:
    """The URLs of parts lead here if clients cannot reach the object storage."""
    etag = await service.receive_part(gateway, upload_id, number, request)
    return Response(status_code=HTTPStatus.NO_CONTENT, headers={"ETag": etag})


@router.post(
    "/{upload_id}/complete",
    summary="Complete an upload",
    response_model=Upload,
    responses=declare(*FAILURES, InvalidParts, *BODY),
    openapi_extra={"requestBody": json_request_body(Completion)},
)
async def post_complete(request: Request, gateway: GatewayOf, upload_id: UploadId) -> Response:
    """Assemble the parts. It can be repeated: a completed upload stays as it is."""
    completion = await read_json(request, Completion, gateway.settings)
    upload = await service.complete_upload(gateway, upload_id, completion.parts)
    return Response(Upload.of(upload).model_dump_json(), media_type="application/json")


@router.delete(
    "/{upload_id}",
    summary="Delete an upload",
    status_code=HTTPStatus.NO_CONTENT,
    responses=declare(*FAILURES, UploadUsed),
)
async def delete_upload(gateway: GatewayOf, upload_id: UploadId) -> None:
    """Remove its parts. An upload that belongs to a job is deleted with the job."""
    await service.delete_upload(gateway, upload_id)
