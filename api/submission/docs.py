"""How `POST` and `PUT` of a job read in OpenAPI. FastAPI cannot tell: the body is streamed, not declared."""

from http import HTTPStatus
from typing import Any

from api import errors
from api.jobs.schemas import Job
from api.problems import declare
from shared.errors import Unavailable
from shared.jobs.options import Options
from shared.uploads.store import UploadInFlight

JOBS_PATH = "/v1/jobs"

_BINARY = {"type": "string", "format": "binary"}
_OPTIONS: dict[str, Any] = Options.model_json_schema(ref_template="#/components/schemas/{model}")["properties"]
_FILENAME = {"type": "string", "description": "what the picture or archive is called; at most 1 KB"}
_RAW_TYPES = (
    "application/zip",
    "application/x-tar",
    "application/gzip",
    "application/x-bzip2",
    "application/x-xz",
    "application/zstd",
    "image/jpeg",
    "image/png",
    "image/tiff",
    "image/webp",
    "image/bmp",
    "application/octet-stream",
)

_BODY = {
    "required": True,
    "description": "The picture or the archive. The Content-Type is not believed; only a form must say that it is one.",
    "content": {
        **{media_type: {"schema": _BINARY} for media_type in _RAW_TYPES},
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "description": "Options first: `file` must be the last field.",
                "properties": {**_OPTIONS, "filename": _FILENAME, "file": _BINARY},
                "required": ["file"],
            }
        },
    },
}


def _parameter(name: str, place: str, schema: dict[str, Any], description: str = "") -> dict[str, Any]:
    described = description or schema.get("description", "")
    return {"name": name, "in": place, "required": False, "schema": schema, "description": described}


_PARAMETERS = [
    *(_parameter(name, "query", schema) for name, schema in _OPTIONS.items()),
    _parameter(
        "Idempotency-Key",
        "header",
        {"type": "string", "maxLength": 255},
        "The same key with the same content and options answers with the first job, however often it is sent.",
    ),
    _parameter(
        "Prefer",
        "header",
        {"type": "string", "examples": ["wait=10"]},
        "`wait=N` holds the answer to a single picture until it is done, for at most N (≤ 30) seconds.",
    ),
    _parameter(
        "Accept",
        "header",
        {"type": "string", "examples": ["image/*"]},
        "With `wait` and an explicit `image/…`, the finished picture itself is the answer.",
    ),
]

SUBMIT: dict[str, Any] = {
    "status_code": HTTPStatus.ACCEPTED,
    "response_model": Job,
    "openapi_extra": {
        "parameters": [_parameter("filename", "query", _FILENAME), *_PARAMETERS],
        "requestBody": _BODY,
    },
    "responses": {
        200: {
            "description": "With `Prefer: wait`: the job, which is over, or its picture if `Accept` asks for one.",
            "model": Job,
            "content": {"image/*": {"schema": _BINARY}},
        },
        202: {"description": "Accepted: from here on it is not lost."},
        303: {"description": "With `Accept: image/…`: the picture lies where `Location` says."},
        **declare(
            errors.BodyIncomplete,
            errors.BodyTooSlow,
            errors.UploadSwept,
            UploadInFlight,
            errors.BodyTooLarge,
            errors.UnsupportedMedia,
            errors.UnsupportedArchive,
            errors.InvalidOption,
            errors.InvalidForm,
            errors.InvalidRequest,
            errors.EmptyBody,
            errors.IdempotencyMismatch,
            Unavailable,
        ),
    },
}

SUBMIT_BY_NAME: dict[str, Any] = {
    **SUBMIT,
    "openapi_extra": {
        "parameters": [{**_parameter("filename", "path", _FILENAME), "required": True}, *_PARAMETERS],
        "requestBody": _BODY,
    },
}
