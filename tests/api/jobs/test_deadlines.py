"""Deadlines over HTTP: how they are given, what expired items look like, and what a retry needs."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.api.archives import zip_of
from tests.api.sources import PREFIX
from tests.api.sources import submit as submit_json
from tests.api.stage import JPEG, Museum, Stage
from tests.api.stand_in import Worker, items_named


def expire(stage: Stage, job_id: str) -> None:
    async def run() -> None:
        past = datetime.now(UTC) - timedelta(seconds=1)
        await stage.gateway.database["jobs"].update_one({"_id": job_id}, {"$set": {"deadline": past}})
        job = await stage.gateway.jobs.get(job_id)
        assert job is not None
        await stage.gateway.job_service.expire(job)

    stage.portal.call(run)


@pytest.fixture
def expired(client: httpx.Client, stage: Stage, worker: Worker) -> str:
    """A job of three pictures, of which only the first was in time."""
    job = client.post("/v1/jobs", content=zip_of(a=JPEG), params={"deadline": "2h"}).json()
    worker.expand(job["id"], items_named("a.jpg", "b.jpg", "c.jpg"))
    worker.work(job["id"], {0: b"colored"})
    expire(stage, job["id"])
    return str(job["id"])


def test_a_deadline_is_a_duration_or_a_time(client: httpx.Client, museum: Museum) -> None:
    time = (datetime.now(UTC) + timedelta(hours=3)).replace(microsecond=0)
    relative = client.post("/v1/jobs", content=JPEG, params={"deadline": "90m"}).json()
    absolute = client.post("/v1/jobs", content=JPEG, params={"deadline": time.isoformat()}).json()
    as_json = submit_json(client, PREFIX, deadline="90m").json()

    assert datetime.fromisoformat(absolute["deadline"]) == time
    for job in (relative, as_json):
        created, deadline = (datetime.fromisoformat(job[name]) for name in ("created_at", "deadline"))
        assert deadline - created == timedelta(minutes=90)
    assert client.post("/v1/jobs", content=JPEG).json()["deadline"] is None


@pytest.mark.parametrize(
    ("deadline", "detail"),
    [
        ("tomorrow", "write a time with its zone"),
        ("2026-12-24T18:00:00", "write a time with its zone"),
        ("0h", "write a time with its zone"),
        ("999999999w", "write a time with its zone"),
        ("2020-01-01T00:00:00Z", "must be in the future, not 2020-01-01T00:00:00+00:00"),
    ],
)
def test_other_deadlines_are_refused_before_anything_is_stored(
    client: httpx.Client, stage: Stage, deadline: str, detail: str
) -> None:
    response = client.post("/v1/jobs", content=JPEG, params={"deadline": deadline})

    assert (response.status_code, response.json()["code"]) == (422, "invalid_option")
    assert response.json()["detail"].startswith(f"deadline: {detail}")
    assert not any(stage.traces().values())


def test_expired_items_are_counted_listed_and_explained(client: httpx.Client, expired: str) -> None:
    job = client.get(f"/v1/jobs/{expired}").json()
    items = client.get(f"/v1/jobs/{expired}/items", params={"state": "expired"}).json()["data"]
    result = client.get(f"/v1/jobs/{expired}/items/1/result")

    assert job["state"] == "partially_succeeded"
    assert (job["counts"]["succeeded"], job["counts"]["expired"], job["counts"]["pending"]) == (1, 2, 0)
    assert [(item["index"], item["error"]["code"]) for item in items] == [
        (1, "deadline_passed"),
        (2, "deadline_passed"),
    ]
    assert (result.status_code, result.json()["code"]) == (404, "item_expired")


def test_the_report_has_a_line_for_each(client: httpx.Client, expired: str) -> None:
    lines = client.get(f"/v1/jobs/{expired}/report.jsonl").text.splitlines()
    rows = list(csv.DictReader(io.StringIO(client.get(f"/v1/jobs/{expired}/report.csv").text)))

    for row in (json.loads(lines[1]), rows[1]):
        assert (row["state"], row["error_code"]) == ("expired", "deadline_passed")


def test_a_retry_needs_a_deadline_that_is_to_come(client: httpx.Client, expired: str) -> None:
    without = client.post(f"/v1/jobs/{expired}/retry")
    past = client.post(f"/v1/jobs/{expired}/retry", params={"deadline": "2020-01-01T00:00:00Z"})
    given = client.post(f"/v1/jobs/{expired}/retry", params={"deadline": "1h"})

    assert (without.status_code, without.json()["code"]) == (409, "deadline_passed")
    assert (past.status_code, past.json()["code"]) == (422, "invalid_option")
    assert (given.status_code, given.json()["run"], given.json()["counts"]["pending"]) == (202, 2, 2)
    assert datetime.fromisoformat(given.json()["deadline"]) > datetime.now(UTC)


def test_a_retry_keeps_a_deadline_that_is_to_come(client: httpx.Client) -> None:
    job = client.post("/v1/jobs", content=JPEG, params={"deadline": "2h"}).json()
    client.post(f"/v1/jobs/{job['id']}/cancel")

    assert client.post(f"/v1/jobs/{job['id']}/retry").json()["deadline"] == job["deadline"]
