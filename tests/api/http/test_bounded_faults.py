"""Invalid requests cost little and are answered briefly, however much is wrong with them."""

import json
import time
from itertools import islice
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from api.http.json_body import MAX_BYTES
from api.http.wording import MOST_FAULTS

PREFIX = {"type": "s3_prefix", "bucket": "museum", "prefix": ""}
LIMIT_SECONDS = 1.0
LIMIT_BYTES = 20_000


def start_of_json(value: object) -> str:
    """Without the work for the rest, which is long and needed in every process that collects the tests."""
    return "".join(islice(json.JSONEncoder().iterencode(value), 60))[:60]


def refused(answer: httpx.Response, started: float) -> dict[str, Any]:
    seconds = time.monotonic() - started
    assert answer.status_code == 422
    assert len(answer.content) < LIMIT_BYTES
    assert seconds < LIMIT_SECONDS
    problem: dict[str, Any] = answer.json()
    assert len(problem["errors"]) <= MOST_FAULTS
    return problem


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/jobs", {"source": PREFIX, "options": {"hints": [{}] * 240_000}}),
        ("/v1/jobs", {"source": PREFIX, "options": {"hints": [1] * 400_000}}),
        ("/v1/jobs", {"source": {"type": "uploads", "uploads": [1] * 400_000}}),
        ("/v1/jobs", {"source": PREFIX, **{f"{n:x}": 1 for n in range(80_000)}}),
        ("/v1/jobs", {"source": PREFIX, "options": {f"{n:x}": 1 for n in range(80_000)}}),
        ("/v1/jobs", {"source": PREFIX, "options": {"hints": [{"x": 2, "y": 2, "color": "red"}] * 100}}),
        ("/v1/jobs", {"source": PREFIX, "x" * 900_000: 1}),
        ("/v1/jobs", {"source": {"type": "x" * 900_000}}),
        ("/v1/jobs", {"source": PREFIX, "options": {"format": "x" * 900_000, "model": "y" * 90_000}}),
        ("/v1/uploads", {"bytes": "9" * 900_000}),
        ("/v1/uploads/upl_1/complete", {"parts": [1] * 400_000}),
        ("/v1/uploads/upl_1/complete", {"parts": [{}] * 10_000}),
        ("/v1/uploads/upl_1/complete", {"parts": [{str(n): 1 for n in range(60)}] * 1000}),
    ],
    ids=lambda value: None if isinstance(value, str) else start_of_json(value),
)
def test_faults_in_json_are_bounded(client: httpx.Client, path: str, body: dict[str, Any]) -> None:
    content = json.dumps(body, separators=(",", ":")).encode()
    assert len(content) < MAX_BYTES
    started = time.monotonic()

    refused(client.post(path, content=content, headers={"Content-Type": "application/json"}), started)


def test_an_invalid_part_ends_the_check_of_a_long_list(client: httpx.Client) -> None:
    """Describing each of 20,000 errors held the gateway for most of a second, though twenty are listed."""
    body = {"parts": [{"number": 0, "etag": ""}] * 10_000}

    problem = refused(client.post("/v1/uploads/upl_1/complete", json=body), time.monotonic())

    assert [error["pointer"] for error in problem["errors"]] == ["#/parts/0/number", "#/parts/0/etag"]


def test_the_others_are_counted(client: httpx.Client) -> None:
    body = {"source": PREFIX, "options": {"hints": [{"x": 2, "y": 2, "color": "red"}] * 100}}

    problem = refused(client.post("/v1/jobs", json=body), time.monotonic())

    assert problem["detail"].endswith("; and 280 more")
    assert len(problem["errors"]) == MOST_FAULTS


@pytest.mark.parametrize(
    "query",
    [
        urlencode({f"{n:x}": 1 for n in range(7_000)}),
        urlencode({"hints": ";".join(["2,2,red"] * 5_000)}, safe=";,"),
        urlencode({"hints": ";".join(["2,2,red"] * 100)}, safe=";,"),
        urlencode({"x" * 60_000: 1}),
        urlencode({"format": "x" * 60_000}),
        urlencode({"model": "x" * 60_000}),
    ],
    ids=["many options", "many hints", "faulty hints", "long option", "long value", "long model"],
)
@pytest.mark.parametrize("media_type", ["image/jpeg", "application/json"])
def test_faults_in_a_query_are_bounded(client: httpx.Client, query: str, media_type: str) -> None:
    started = time.monotonic()

    refused(client.post(f"/v1/jobs?{query}", content=b"{}", headers={"Content-Type": media_type}), started)
