"""What FastAPI cannot infer for `/openapi.json`: problems, reports, JSON bodies, and what holds for any route."""

import re
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from api.access.documentation import SECURITY_SCHEMES, describe_access
from api.events.schemas import JobSnapshot
from api.http.headers import headers
from api.http.problems import MEDIA_TYPE, Fault, Problem
from api.items.schemas import ItemChange
from api.jobs.schemas import RetryRequest
from api.reports.schemas import ReportRow
from api.signed_urls.schemas import SignedUrlRequest
from api.sources.schemas import JobRequest
from api.uploads.schemas import Completion, NewUpload
from shared.jobs.options import Coloring

_REF = "#/components/schemas/{model}"
_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}}
# What FastAPI does not see: bodies that routes read themselves, and what answers are made of by hand.
BODIES = (
    Problem,
    Fault,
    ReportRow,
    NewUpload,
    Completion,
    JobRequest,
    SignedUrlRequest,
    ItemChange,
    Coloring,
    RetryRequest,
)
_ANY_ROUTE = {
    "400": {
        "description": "The request is no valid HTTP, or has more or less than one Host header.",
        "content": _PROBLEM,
    },
    "431": {"description": "The headers exceed 64 KiB.", "content": _PROBLEM},
    "500": {
        "description": "The gateway failed. Find the cause in its log by `request_id`.",
        "content": _PROBLEM,
    },
}
_ANY_ANSWER = headers("X-Request-Id")


def _schemas(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of the model and of every model that it refers to."""
    schema = model.model_json_schema(ref_template=_REF)
    return {**schema.pop("$defs", {}), model.__name__: schema}


def _answer_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Of a model that answers contain, without those that it refers to, which other answers contain."""
    schema = model.model_json_schema(ref_template=_REF, mode="serialization")
    schema.pop("$defs", None)
    return schema


def describe(app: FastAPI) -> None:
    """Complete the document when it is first requested."""
    generate = app.openapi

    def complete() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            components = document.setdefault("components", {})
            components["securitySchemes"] = SECURITY_SCHEMES
            schemas = components.setdefault("schemas", {})
            for model in BODIES:
                schemas |= _schemas(model)
            schemas["JobSnapshot"] = _answer_schema(JobSnapshot)
            for path, operations in document["paths"].items():
                for method, operation in operations.items():
                    _complete_operation(path, method, operation)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = complete  # type: ignore[method-assign]


def _complete_operation(path: str, method: str, operation: dict[str, Any]) -> None:
    # The function's name alone: FastAPI appends path and method, so that a new path would be a new id.
    operation["operationId"] = operation["operationId"].removesuffix(re.sub(r"\W", "_", path) + f"_{method}")
    operation["responses"] = _ANY_ROUTE | operation["responses"]
    describe_access(path, method, operation)
    for status, response in operation["responses"].items():
        operation["responses"][status] = {**response, "headers": {**response.get("headers", {}), **_ANY_ANSWER}}
