"""What schemathesis has to know beyond the document. It imports this file by itself, so nothing of ours is imported."""

import json
from typing import Any

import schemathesis
from schemathesis.specs.openapi.checks import use_after_free

# What no schema says: a cursor is one that the gateway wrote, a body is a picture, a part is one of the upload's.
CODES = {
    "archive_among_uploads",
    "body_too_large",
    "bucket_not_allowed",
    "empty_body",
    "hints_on_several",
    "idempotency_mismatch",
    "invalid_cursor",
    "invalid_form",
    "invalid_parts",
    "not_signable",
    "range_not_satisfiable",
    "unsupported_archive",
    "unsupported_media",
}
# These depend on the gateway's models or its settings, on the job's items, on each other, or on a grammar.
PLACES = {
    "deadline",
    "filename",
    "hints",
    "items",
    "keep",
    "key",
    "label",
    "labels",
    "model",
    "name_encoding",
    "path",
    "prefix",
    "quality",
    "source",
    "webhook",
}
LONGEST_WAIT_SECONDS = 1


@schemathesis.check
def valid_data_is_refused_for_a_known_reason(ctx: Any, response: Any, case: Any) -> None:
    """The other half of `positive_data_acceptance`, whose `expected-statuses` allow these statuses."""
    if not case.meta or not case.meta.generation.mode.is_positive or response.status_code not in (413, 415, 416, 422):
        return
    problem = json.loads(response.content)
    places = [fault.get("parameter", fault.get("pointer", "")).split("/") for fault in problem.get("errors", [])]
    is_known = problem["code"] in CODES or (bool(places) and all(PLACES & set(steps) for steps in places))
    assert is_known, f"valid data is refused: {problem['code']}: {problem['detail']}"


@schemathesis.check
def nothing_deleted_is_used(ctx: Any, response: Any, case: Any) -> None:
    """`use_after_free`, except that a job can still be read while it is being deleted."""
    is_job = (case.method, case.operation.path) == ("GET", "/v1/jobs/{job_id}")
    if not (is_job and b'"state":"deleting"' in response.content):
        use_after_free(ctx, response, case)


@schemathesis.hook
def before_call(ctx: Any, case: Any, kwargs: Any) -> None:
    """Let the gateway wait briefly only, and give each option once: the query and a form may both have it."""
    query, headers, body = case.query or {}, case.headers or {}, case.body
    if isinstance(query.get("wait"), int | float) and query["wait"] > LONGEST_WAIT_SECONDS:
        query["wait"] = LONGEST_WAIT_SECONDS
    if str(headers.get("Prefer", "")).startswith("wait"):
        headers["Prefer"] = f"wait={LONGEST_WAIT_SECONDS}"
    if case.meta and case.meta.generation.mode.is_positive and isinstance(body, dict) and case.media_type:
        for name in set(query) & set(body) if case.media_type.startswith("multipart") else set(query):
            del query[name]
