"""`POST /v1/signed-urls`."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.access.rules import SIGNED_URLS_PATH
from api.dependencies import AccessOf, GatewayOf
from api.http.errors import BodyIncomplete, BodyTooLarge, BodyTooSlow, EncodedBody, InvalidRequest, PartialBody
from api.http.headers import headers
from api.http.json_body import json_request_body, read_json
from api.http.problems import declare
from api.jobs.errors import JobDeleted, JobNotFound
from api.signed_urls.errors import NotSignable
from api.signed_urls.schemas import SignedUrl, SignedUrlRequest
from api.signed_urls.service import sign
from shared.errors import Unavailable

router = APIRouter(prefix=SIGNED_URLS_PATH.removeprefix("/v1"), tags=["session"])
BODY = (BodyIncomplete, PartialBody, EncodedBody, BodyTooSlow, BodyTooLarge)


@router.post(
    "",
    summary="Sign the URL of a download",
    status_code=HTTPStatus.CREATED,
    response_model=SignedUrl,
    responses={
        201: {"headers": headers("Cache-Control")},
        **declare(JobNotFound, JobDeleted, NotSignable, InvalidRequest, *BODY, Unavailable),
    },
    openapi_extra={"requestBody": json_request_body(SignedUrlRequest)},
)
async def post_signed_url(request: Request, gateway: GatewayOf, access: AccessOf) -> Response:
    """A URL by which anyone can download one result, source, archive of results or report, without a key. It ends when
    it expires, when the key is revoked, and with the job.
    """
    download = await read_json(request, SignedUrlRequest, gateway.settings)
    signed = await sign(gateway, access.signer, download, gateway.settings.public_url or str(request.base_url))
    return Response(signed.model_dump_json(), HTTPStatus.CREATED, {"Cache-Control": "no-store"}, "application/json")
