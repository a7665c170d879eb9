"""Failures as RFC 9457 problems: one table from error class to status, and how a route declares its failures.

The lookup follows the class's ancestors, so a family of errors needs one line. An error that is not in the table is a
bug: it is logged, and answered as a 500 that reveals only the request id (`api/http/middleware.py`).
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from api.http.errors import (
    BodyIncomplete,
    BodyTooLarge,
    BodyTooSlow,
    EncodedBody,
    InvalidRequest,
    NotAcceptable,
    PartialBody,
    RangeNotSatisfiable,
    UnsupportedMedia,
)
from api.http.headers import headers
from api.http.methods import allowed_methods
from api.http.wording import MOST_FAULTS, describe_faults, shortened
from shared.archives.errors import ArchiveError, EntryError
from shared.errors import (
    Conflict,
    Forbidden,
    InProgress,
    Invalid,
    NotFound,
    NoWorker,
    PhotochromError,
    TimedOut,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from shared.storage.errors import ObjectNotFound, StorageFull

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
MAX_DETAIL = 4000

STATUSES: Mapping[type[PhotochromError], HTTPStatus] = {
    Invalid: HTTPStatus.UNPROCESSABLE_ENTITY,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    TimedOut: HTTPStatus.GATEWAY_TIMEOUT,
    StorageFull: HTTPStatus.INSUFFICIENT_STORAGE,
    EntryError: HTTPStatus.NOT_FOUND,
    ArchiveError: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnsupportedMedia: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    BodyIncomplete: HTTPStatus.BAD_REQUEST,
    PartialBody: HTTPStatus.BAD_REQUEST,
    NotAcceptable: HTTPStatus.NOT_ACCEPTABLE,
    BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    BodyTooSlow: HTTPStatus.REQUEST_TIMEOUT,
    RangeNotSatisfiable: HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    # A record names an object that does not exist: not the client's fault, and a retry does not help.
    ObjectNotFound: HTTPStatus.INTERNAL_SERVER_ERROR,
}
# The cause is in the log only: clients must not learn the addresses and keys of servers.
DETAILS: Mapping[HTTPStatus, str] = {
    HTTPStatus.INTERNAL_SERVER_ERROR: "The gateway failed. Report it with the request id.",
    HTTPStatus.SERVICE_UNAVAILABLE: "A server that the gateway needs is unavailable. Nothing was lost; retry later.",
    HTTPStatus.INSUFFICIENT_STORAGE: "The service's storage is nearly full, so this was not stored. Delete jobs that "
    "are no longer needed, or try again later.",
}
UNAVAILABLE_SECONDS = 5
PROBLEM_HEADERS: Mapping[int, dict[str, Any]] = {
    HTTPStatus.SERVICE_UNAVAILABLE: headers("Retry-After"),
    HTTPStatus.UNAUTHORIZED: headers("WWW-Authenticate", sometimes=["Set-Cookie"]),
    HTTPStatus.TOO_MANY_REQUESTS: headers("Retry-After"),
    HTTPStatus.CONFLICT: headers(sometimes=["Retry-After"]),
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: headers("Content-Range"),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: headers(sometimes=["Accept-Encoding"]),
}


class Fault(BaseModel):
    """One invalid value: a query parameter, header or form field by name, or a JSON pointer into the body."""

    parameter: str | None = None
    pointer: str | None = None
    detail: str


class Problem(BaseModel):
    """An RFC 9457 problem. `code` is stable: decide by it, show `detail`."""

    type: str = Field(examples=["urn:photochrom:problem:job_not_found"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no such job."])
    code: str = Field(examples=["job_not_found"])
    request_id: str = Field(examples=["req_01JDC5H2ZK3Y8W6T0QF4R9XNMB"])
    errors: list[Fault] | None = None


def status_of(error: type[PhotochromError]) -> HTTPStatus | None:
    """None: not in the table, so a bug."""
    return next((STATUSES[ancestor] for ancestor in error.__mro__ if ancestor in STATUSES), None)


def problem(
    request_id: str,
    status: HTTPStatus,
    code: str,
    detail: str,
    *,
    faults: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    content: dict[str, Any] = {
        "type": f"urn:photochrom:problem:{code}",
        "title": status.phrase,
        "status": status.value,
        "detail": shortened(detail, MAX_DETAIL),
        "code": code,
        "request_id": request_id,
    }
    if faults:
        content["errors"] = [{name: shortened(text) for name, text in fault.items()} for fault in faults[:MOST_FAULTS]]
    return JSONResponse(content, status.value, headers, MEDIA_TYPE)


def declare(*failures: type[PhotochromError]) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route that can raise these errors."""
    examples: dict[int, dict[str, Any]] = {}
    for failure in failures:
        status = status_of(failure)
        assert status is not None, f"{failure.__name__} has no status"
        summary = (failure.__doc__ or failure.code.replace("_", " ")).strip().splitlines()[0]
        examples.setdefault(status.value, {})[failure.code] = {
            "summary": summary,
            "value": {
                "type": f"urn:photochrom:problem:{failure.code}",
                "title": status.phrase,
                "status": status.value,
                "detail": summary,
                "code": failure.code,
                "request_id": "req_01JDC5H2ZK3Y8W6T0QF4R9XNMB",
            },
        }
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": by_code}},
            **({"headers": PROBLEM_HEADERS[status]} if status in PROBLEM_HEADERS else {}),
        }
        for status, by_code in sorted(examples.items())
    }


def add_problem_handlers(app: FastAPI) -> None:
    app.add_exception_handler(PhotochromError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_malformed)
    app.add_exception_handler(HTTPException, _on_http)


async def _on_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, PhotochromError)
    return problem_of(request.state.request_id, error)


def problem_of(request_id: str, error: PhotochromError) -> JSONResponse:
    """Raises the error itself if it is not in the table."""
    status = status_of(type(error))
    if status is None:
        raise error
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("request.refused", code=error.code, detail=error.detail)
    further = {}
    if isinstance(error, Unavailable | InProgress | TooMany):
        seconds = UNAVAILABLE_SECONDS if isinstance(error, Unavailable) else error.retry_after_seconds
        further["Retry-After"] = str(seconds)
    if isinstance(error, Unauthenticated):
        further["WWW-Authenticate"] = 'Bearer realm="Photochrom"'
    if isinstance(error, RangeNotSatisfiable):
        further["Content-Range"] = f"bytes */{error.size}"
    if isinstance(error, EncodedBody):
        further["Accept-Encoding"] = "identity"
    faults = error.errors if isinstance(error, InvalidRequest) else ()
    detail = error.detail if isinstance(error, NoWorker) else DETAILS.get(status, error.detail)
    return problem(request_id, status, error.code, detail, faults=faults, headers=further)


async def _on_malformed(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = error.errors()
    faults = [_fault(each) for each in errors[:MOST_FAULTS]]
    detail = describe_faults(faults, len(errors))
    return problem(
        request.state.request_id,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        InvalidRequest.code,
        detail,
        faults=faults,
    )


def _fault(error: Mapping[str, Any]) -> dict[str, str]:
    location, *path = error["loc"]
    if location == "body":
        return {"pointer": "#/" + "/".join(str(step) for step in path), "detail": error["msg"]}
    return {"parameter": str(path[0]) if path else str(location), "detail": error["msg"]}


async def _on_http(request: Request, error: Exception) -> Response:
    """What the router itself refuses: an unknown path or method."""
    assert isinstance(error, HTTPException)
    status, detail, headers = HTTPStatus(error.status_code), error.detail, dict(error.headers or {})
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        hint = f"{request.method} is not supported here; /docs lists the supported methods"
        detail = request.app.state.method_hints.get((request.method, request.url.path), hint)
        headers["Allow"] = ", ".join(allowed_methods(request.app.routes, request.scope))
    page: Response | None = request.app.state.lost_page(request) if status is HTTPStatus.NOT_FOUND else None
    return page or problem(request.state.request_id, status, status.name.lower(), f"{detail}.", headers=headers)
