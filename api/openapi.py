"""What FastAPI cannot tell about us in `/openapi.json`: problems, reports, JSON bodies, and how any route may fail."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from api.http.problems import MEDIA_TYPE, Fault, Problem
from api.reports.schemas import ReportRow
from api.sources.schemas import JobRequest
from api.uploads.schemas import Completion, NewUpload

_REF = "#/components/schemas/{model}"
_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}}
_ANY_ROUTE = {
    "403": {
        "description": "Not from this machine, where the gateway is open to it alone.",
        "content": _PROBLEM,
    },
    "500": {
        "description": "The gateway failed; `request_id` says where its log tells more.",
        "content": _PROBLEM,
    },
}


def _schemas(model: type[BaseModel]) -> dict[str, Any]:
    """The model's, and those of the models that it refers to."""
    schema = model.model_json_schema(ref_template=_REF)
    return {**schema.pop("$defs", {}), model.__name__: schema}


def describe(app: FastAPI) -> None:
    """Complete the document when it is first asked for."""
    generate = app.openapi

    def complete() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            for model in (Problem, Fault, ReportRow, NewUpload, Completion, JobRequest):
                schemas |= _schemas(model)
            for operations in document["paths"].values():
                for operation in operations.values():
                    operation["responses"] |= _ANY_ROUTE
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = complete  # type: ignore[method-assign]
