"""The OpenAPI document: valid, complete, and with examples."""

import json
import re
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate

from api.dry_run.schemas import DryRun
from api.examples import DRY_RUN, ITEM, JOB, UPLOAD
from api.items.schemas import Item
from api.jobs.schemas import Job
from api.sources.schemas import JobRequest
from api.uploads.schemas import Upload
from tests.api.stage import Stage


@pytest.fixture(scope="module")
def document(running_gateway: Stage) -> dict[str, Any]:
    return dict(httpx.get(f"{running_gateway.url}/openapi.json").json())


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_it_is_valid(document: dict[str, Any]) -> None:
    validate(document)


def test_it_knows_every_route(document: dict[str, Any]) -> None:
    assert sorted(name for name, _ in operations(document)) == [
        "DELETE /v1/jobs/{job_id}",
        "DELETE /v1/session",
        "DELETE /v1/uploads/{upload_id}",
        "GET /livez",
        "GET /readyz",
        "GET /v1/jobs",
        "GET /v1/jobs/{job_id}",
        "GET /v1/jobs/{job_id}/events",
        "GET /v1/jobs/{job_id}/items",
        "GET /v1/jobs/{job_id}/items/{index}",
        "GET /v1/jobs/{job_id}/items/{index}/preview",
        "GET /v1/jobs/{job_id}/items/{index}/result",
        "GET /v1/jobs/{job_id}/items/{index}/source",
        "GET /v1/jobs/{job_id}/items/{index}/source-preview",
        "GET /v1/jobs/{job_id}/report.csv",
        "GET /v1/jobs/{job_id}/report.jsonl",
        "GET /v1/jobs/{job_id}/results.zip",
        "GET /v1/models",
        "GET /v1/session",
        "GET /v1/uploads/{upload_id}",
        "GET /v1/uploads/{upload_id}/parts",
        "GET /v1/usage",
        "PATCH /v1/jobs/{job_id}/items/{index}",
        "POST /v1/jobs",
        "POST /v1/jobs/{job_id}/cancel",
        "POST /v1/jobs/{job_id}/items/{index}/colorize",
        "POST /v1/jobs/{job_id}/retry",
        "POST /v1/session",
        "POST /v1/signed-urls",
        "POST /v1/uploads",
        "POST /v1/uploads/{upload_id}/complete",
        "PUT /v1/jobs/{job_id}",
        "PUT /v1/uploads/{upload_id}/parts/{number}",
    ]


def test_no_two_paths_differ_in_the_names_of_their_parameters_alone(document: dict[str, Any]) -> None:
    shapes = [re.sub(r"{[^}]+}", "{}", path) for path in document["paths"]]

    assert len(set(shapes)) == len(shapes)


def test_operation_ids_are_stable(document: dict[str, Any]) -> None:
    """Generated clients have a function by each of these names."""
    assert sorted(operation["operationId"] for _, operation in operations(document)) == [
        "delete_session",
        "delete_upload",
        "get_events",
        "get_item",
        "get_items",
        "get_job",
        "get_jobs",
        "get_parts",
        "get_preview",
        "get_report",
        "get_report_as_csv",
        "get_result",
        "get_results",
        "get_session",
        "get_source",
        "get_source_preview",
        "get_upload",
        "get_usage",
        "list_models",
        "livez",
        "patch_item",
        "post_cancel",
        "post_colorize",
        "post_complete",
        "post_job",
        "post_retry",
        "post_session",
        "post_signed_url",
        "post_upload",
        "put_job",
        "put_part",
        "readyz",
        "remove_job",
    ]


def test_the_server_is_the_one_that_the_document_comes_from(document: dict[str, Any]) -> None:
    assert [server["url"] for server in document["servers"]] == ["/"]


def test_every_answer_documents_the_request_id_and_a_503_when_to_retry(document: dict[str, Any]) -> None:
    answers = [
        (status, response["headers"])
        for _, operation in operations(document)
        for status, response in operation["responses"].items()
    ]

    assert all(headers["X-Request-Id"]["required"] for _, headers in answers)
    assert all(headers["Retry-After"]["required"] for status, headers in answers if status == "503")


def test_every_route_has_a_summary_and_a_description(document: dict[str, Any]) -> None:
    silent = [
        name
        for name, operation in operations(document)
        if not (
            operation.get("summary") and operation.get("description", "").endswith((".", "`.")) and operation["tags"]
        )
    ]

    assert silent == []


def test_every_failure_is_declared_as_a_problem_with_an_example_per_code(document: dict[str, Any]) -> None:
    bare = [
        f"{name} {status}"
        for name, operation in operations(document)
        for status, response in operation["responses"].items()
        if int(status) >= 400 and name != "GET /readyz" and "application/problem+json" not in response["content"]
    ]

    assert bare == []
    submit = document["paths"]["/v1/jobs"]["post"]["responses"]
    assert set(submit["415"]["content"]["application/problem+json"]["examples"]) == {
        "unsupported_media",
        "unsupported_archive",
        "unsupported_encoding",
    }


def test_every_answer_in_json_has_an_example(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    answers = [
        (f"{name} {status}", response["content"]["application/json"]["schema"])
        for name, operation in operations(document)
        for status, response in operation["responses"].items()
        if "application/json" in response.get("content", {})
    ]

    without = [
        name
        for name, schema in answers
        for each in schema.get("anyOf", [schema])
        if "examples" not in schemas[each["$ref"].rpartition("/")[2]]
    ]
    assert answers
    assert without == []


def test_the_examples_fit_their_schemas() -> None:
    assert json.loads(Job.model_validate(JOB).model_dump_json()) == JOB
    assert json.loads(Item.model_validate(ITEM).model_dump_json()) == ITEM
    assert json.loads(Upload.model_validate(UPLOAD).model_dump_json()) == UPLOAD
    assert json.loads(DryRun.model_validate(DRY_RUN).model_dump_json()) == DRY_RUN


def test_the_body_of_a_submit_is_documented_raw_and_as_a_form(document: dict[str, Any]) -> None:
    submit = document["paths"]["/v1/jobs"]["post"]

    content = submit["requestBody"]["content"]
    form = content["multipart/form-data"]["schema"]
    assert content["application/octet-stream"]["schema"] == {"type": "string", "format": "binary"}
    assert list(form["properties"])[-1] == "file"
    assert {"model", "vividness", "format", "quality"} <= set(form["properties"])
    assert {parameter["name"] for parameter in submit["parameters"]} >= {
        "vividness",
        "Idempotency-Key",
        "Prefer",
    }


def test_the_body_of_a_submit_is_documented_as_json_with_an_example_of_each_source(document: dict[str, Any]) -> None:
    content = document["paths"]["/v1/jobs"]["post"]["requestBody"]["content"]
    schema = document["components"]["schemas"][content["application/json"]["schema"]["$ref"].rpartition("/")[2]]

    requests = [JobRequest.model_validate(example) for example in schema["examples"]]
    assert {each.source.type for each in requests} == {"upload", "uploads", "s3_prefix", "manifest", "job"}
    assert "application/json" not in document["paths"]["/v1/jobs/{job_id}"]["put"]["requestBody"]["content"]


def test_the_docs_page_is_served(client: httpx.Client) -> None:
    assert client.get("/docs").status_code == 200


def test_every_route_that_needs_a_caller_names_both_ways_to_be_one(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]

    assert {name: scheme["type"] for name, scheme in schemes.items()} == {"key": "http", "session": "apiKey"}
    for name, operation in operations(document):
        needed = [] if name in {"GET /livez", "GET /readyz"} else [{"key": []}, {"session": []}]
        assert operation["security"] == needed, name
        assert not needed or {"401", "403", "429", "503"} <= set(operation["responses"]), name
