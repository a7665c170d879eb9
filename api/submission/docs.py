"""The OpenAPI documentation of submitting. FastAPI cannot infer it: the body is streamed, not declared."""

from http import HTTPStatus
from typing import Any

from api.admission.errors import ADMISSION
from api.dry_run.errors import DryRunUnsupported
from api.dry_run.schemas import DryRun
from api.http.errors import (
    BodyIncomplete,
    BodyTooLarge,
    BodyTooSlow,
    EncodedBody,
    InvalidRequest,
    NotAcceptable,
    PartialBody,
    UnsupportedMedia,
)
from api.http.headers import RANGE_HEADERS, binary, headers
from api.http.json_body import json_request_body
from api.http.problems import declare
from api.items.errors import ItemNotFound, NoItems
from api.jobs.errors import JobDeleted, JobNotFound
from api.jobs.responses import JOB_HEADERS
from api.jobs.schemas import Job
from api.options.errors import HintsOnSeveral, InvalidOption
from api.sources.errors import (
    ArchiveAmongUploads,
    EmptyBody,
    UnsupportedArchive,
    UploadNotCompleted,
    UploadNotFound,
    UploadUsed,
)
from api.sources.schemas import JobRequest
from api.submission.errors import IdempotencyMismatch, InvalidForm, SubmissionAbandoned
from shared.archives.errors import (
    ArchiveBomb,
    ArchiveCorrupt,
    ArchiveEncrypted,
    ArchiveTruncated,
    ArchiveUnsupported,
)
from shared.errors import Unavailable
from shared.jobs.options import Options
from shared.jobs.terms import Terms
from shared.listings.errors import (
    BucketRefused,
    BucketUnavailable,
    ManifestInvalid,
    ManifestMissing,
    TooManyEntries,
)
from shared.pictures import FORMATS
from shared.storage.errors import BucketNotAllowed, StorageFull
from shared.submissions.store import SubmissionInFlight

JOBS_PATH = "/v1/jobs"

_BINARY = {"type": "string", "format": "binary"}
_BYTES = {"schema": _BINARY}
_SCHEMAS: dict[str, Any] = Options.model_json_schema(ref_template="#/components/schemas/{model}")["properties"]
_SHARE = r"(0(\.[0-9]+)?|1(\.0+)?)"
_HINT = f"{_SHARE},{_SHARE},#?[0-9a-fA-F]{{6}}"
# In a query or a form every value is a string.
_HINTS = {
    "type": "string",
    "description": f"{_SCHEMAS['hints']['description']}: `X,Y,RRGGBB`, with a `;` between hints. X and Y go from 0 "
    "to 1, from the left and from the top of the picture as a viewer shows it",
    "pattern": f"^{_HINT}(;{_HINT})*$",
    "examples": ["0.31,0.4,b03020", "0.31,0.4,b03020;0.75,0.1,8fb4d8"],
}
_TERMS: dict[str, Any] = Terms.model_json_schema()["properties"]
_LABEL = {
    "type": "array",
    "items": _TERMS["labels"]["items"],
    "description": f"{_TERMS['labels']['description']}. Repeatable",
}
_OPTIONS = {
    **_SCHEMAS,
    "hints": _HINTS,
    "label": _LABEL,
    **{name: _TERMS[name] for name in ("deadline", "keep", "webhook")},
}
_FILENAME = {"type": "string", "description": "the name of the picture or archive; at most 1 KB"}
BODY_DESCRIPTION = (
    "The picture (JPEG, PNG, TIFF, WebP, AVIF or BMP) or the archive (a zip, or a tar: plain, or compressed with gzip, "
    "bzip2, xz or zstd). Its type is detected from its bytes; only a form and JSON need their Content-Type."
)
_BODY: dict[str, Any] = {
    "required": True,
    "description": BODY_DESCRIPTION,
    "content": {
        **binary(),
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "description": "Fields in any order. Several fields `file`, each a picture, are one job.",
                "properties": {**_OPTIONS, "filename": _FILENAME, "file": _BINARY},
                "required": ["file"],
                "additionalProperties": False,
            }
        },
    },
}


def _parameter(name: str, place: str, schema: dict[str, Any], description: str = "") -> dict[str, Any]:
    text = description or schema.get("description", "")
    return {"name": name, "in": place, "required": False, "schema": schema, "description": text}


_BODY_OR_SOURCE = {
    **_BODY,
    "content": {**_BODY["content"], **json_request_body(JobRequest)["content"]},
}
_PARAMETERS = [
    *(_parameter(name, "query", schema) for name, schema in _OPTIONS.items()),
    _parameter(
        "Idempotency-Key",
        "header",
        {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]*$"},
        "Repeating a request with the same key, content and options returns the job of the first one.",
    ),
    _parameter(
        "Prefer",
        "header",
        {"type": "string", "examples": ["wait=10"]},
        "`wait=N` holds the answer for a single picture until it has finished, for at most N (≤ 30) seconds.",
    ),
    _parameter(
        "Accept",
        "header",
        {"type": "string", "examples": ["image/*"]},
        "With `wait` and an explicit `image/…`, the finished picture itself is the answer, if it is of such a type.",
    ),
]

_BODY_ERRORS = (
    BodyIncomplete,
    PartialBody,
    EncodedBody,
    BodyTooSlow,
    SubmissionAbandoned,
    SubmissionInFlight,
    BodyTooLarge,
    UnsupportedMedia,
    UnsupportedArchive,
    InvalidOption,
    HintsOnSeveral,
    InvalidForm,
    InvalidRequest,
    EmptyBody,
    IdempotencyMismatch,
    NotAcceptable,
    Unavailable,
    StorageFull,
)
_SOURCE_ERRORS = (
    UploadNotFound,
    UploadNotCompleted,
    UploadUsed,
    ArchiveAmongUploads,
    BucketNotAllowed,
    JobNotFound,
    JobDeleted,
    NoItems,
    ItemNotFound,
)
# Without a dry run, these fail the job.
_DRY_RUN_ERRORS = (
    DryRunUnsupported,
    ManifestInvalid,
    ManifestMissing,
    TooManyEntries,
    BucketRefused,
    BucketUnavailable,
    ArchiveCorrupt,
    ArchiveTruncated,
    ArchiveBomb,
    ArchiveEncrypted,
    ArchiveUnsupported,
)

_REPLAY = ("Idempotency-Replayed", "Preference-Applied")
_DONE = "With `Prefer: wait`: the finished job, or its picture if `Accept` asks for one."
_ANSWERS: dict[int, Any] = {
    200: {
        "description": _DONE,
        "model": Job,
        "content": dict.fromkeys(FORMATS, _BYTES),
        "headers": headers(sometimes=[*_REPLAY, "ETag", "Cache-Control", "Content-Location", *RANGE_HEADERS]),
    },
    202: {
        "description": "Accepted: the job will not be lost.",
        "headers": JOB_HEADERS | headers("Location", sometimes=_REPLAY),
    },
    303: {
        "description": "With `Accept: image/…`: `Location` is the URL of the picture.",
        "headers": headers("Location", sometimes=_REPLAY),
    },
}

SUBMIT: dict[str, Any] = {
    "status_code": HTTPStatus.ACCEPTED,
    "response_model": Job,
    "openapi_extra": {
        "parameters": [_parameter("filename", "query", _FILENAME), *_PARAMETERS],
        "requestBody": _BODY_OR_SOURCE,
    },
    "responses": {
        **_ANSWERS,
        200: {**_ANSWERS[200], "model": Job | DryRun, "description": f"{_DONE} With `dry_run`: the estimate."},
        **declare(*_BODY_ERRORS, *_SOURCE_ERRORS, *_DRY_RUN_ERRORS, *ADMISSION),
    },
}

SUBMIT_BY_NAME: dict[str, Any] = {
    **SUBMIT,
    "openapi_extra": {
        # OpenAPI allows one name for a place in a path, and GET and DELETE have an id there.
        "parameters": [{**_parameter("job_id", "path", _FILENAME), "required": True}, *_PARAMETERS],
        "requestBody": _BODY,
    },
    "responses": {**_ANSWERS, **declare(*_BODY_ERRORS, *ADMISSION)},
}
