"""Jobs as clients see them: state and progress, lists, ETags, canceling."""

from datetime import timedelta
from functools import partial

import httpx
import pytest

from shared.clock import utc_now
from shared.documents import Failure
from tests.api.archives import zip_of
from tests.api.stage import JPEG, Stage
from tests.api.stand_in import Worker, items_named, skipped_item

BROKEN = Failure(code="truncated", detail="The picture ends early.")


@pytest.fixture
def bulk(client: httpx.Client) -> str:
    """The id of a queued bulk job."""
    job = client.post("/v1/jobs", params={"filename": "scans.zip"}, content=zip_of(a=JPEG)).json()
    return str(job["id"])


def test_an_unknown_job_is_a_problem(client: httpx.Client) -> None:
    answer = client.get("/v1/jobs/job_unknown")

    assert answer.status_code == 404
    assert answer.json()["code"] == "job_not_found"


def test_a_job_of_another_owner_is_unknown(client: httpx.Client, stage: Stage, bulk: str) -> None:
    jobs = stage.gateway.database["jobs"]

    async def give_away() -> None:
        await jobs.update_one({"_id": bulk}, {"$set": {"owner": "somebody else"}})

    stage.portal.call(give_away)

    paths = ("", "/items", "/items/0", "/items/0/result", "/items/0/source", "/results.zip")
    assert {client.get(f"/v1/jobs/{bulk}{path}").json()["code"] for path in paths} == {"job_not_found"}
    assert client.post(f"/v1/jobs/{bulk}/cancel").status_code == 404
    assert client.get("/v1/jobs").json()["data"] == []


def test_a_bulk_job_shows_its_progress(client: httpx.Client, stage: Stage, worker: Worker, bulk: str) -> None:
    worker.expand(bulk, [*items_named("a.jpg", "b.jpg", "c.jpg", "d.jpg"), skipped_item(4, "notes.txt")])
    worker.work(bulk, {0: b"colored", 1: BROKEN})
    since = utc_now() - timedelta(seconds=10)
    times = {"started_at": since, "sealed_at": since}
    stage.portal.call(partial(stage.gateway.database["jobs"].update_one, {"_id": bulk}, {"$set": times}))

    job = client.get(f"/v1/jobs/{bulk}").json()

    assert (job["state"], job["items"]) == ("running", 5)
    assert job["counts"] == {"pending": 2, "succeeded": 1, "failed": 1, "skipped": 1, "canceled": 0, "expired": 0}
    assert job["progress"] == 0.6
    assert job["rate"] > 0
    assert job["eta_seconds"] == pytest.approx(2 / job["rate"], abs=0.06)
    assert set(job["links"]) == {"self", "items", "cancel", "report"}


def test_a_rate_is_not_shown_before_it_can_be_known(client: httpx.Client, worker: Worker, bulk: str) -> None:
    worker.expand(bulk, items_named("a.jpg", "b.jpg"))
    worker.work(bulk, {0: b"colored"})

    job = client.get(f"/v1/jobs/{bulk}").json()

    assert (job["state"], job["rate"], job["eta_seconds"]) == ("running", None, None)


def test_a_finished_job_links_to_its_results(client: httpx.Client, worker: Worker, bulk: str) -> None:
    worker.expand(bulk, items_named("a.jpg", "b.jpg"))
    worker.work(bulk, {0: b"colored", 1: BROKEN})

    answer = client.get(f"/v1/jobs/{bulk}")

    job = answer.json()
    assert (job["state"], job["progress"], job["rate"]) == ("partially_succeeded", 1.0, None)
    assert job["links"]["results"] == f"/v1/jobs/{bulk}/results.zip"
    assert "cancel" not in job["links"]
    assert job["finished_at"].endswith("Z")
    assert "retry-after" not in answer.headers


def test_a_job_with_an_unusable_archive_has_an_error(client: httpx.Client, worker: Worker, bulk: str) -> None:
    worker.fail_expansion(bulk, Failure(code="archive_truncated", detail="It ends early."))

    job = client.get(f"/v1/jobs/{bulk}").json()

    assert (job["state"], job["items"], job["progress"]) == ("failed", None, 0.0)
    assert job["error"] == {"code": "archive_truncated", "detail": "It ends early."}


def test_the_current_version_is_not_sent_again(client: httpx.Client, worker: Worker, bulk: str) -> None:
    first = client.get(f"/v1/jobs/{bulk}")

    same = client.get(f"/v1/jobs/{bulk}", headers={"If-None-Match": first.headers["etag"]})
    worker.claim_expansion(bulk)
    other = client.get(f"/v1/jobs/{bulk}", headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["etag"] == f'"{first.json()["version"]}-a-worker-of-role-ingest"'
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])
    assert (other.status_code, other.json()["state"]) == (200, "expanding")


def test_jobs_are_listed_newest_first_a_page_at_a_time(client: httpx.Client) -> None:
    ids = [client.post("/v1/jobs", content=JPEG).json()["id"] for _ in range(5)]

    first = client.get("/v1/jobs", params={"limit": 2}).json()
    second = client.get("/v1/jobs", params={"limit": 2, "after": first["next_cursor"]}).json()
    third = client.get("/v1/jobs", params={"limit": 2, "after": second["next_cursor"]}).json()

    pages = [[job["id"] for job in page["data"]] for page in (first, second, third)]
    assert pages == [ids[4:2:-1], ids[2:0:-1], ids[:1]]
    assert third["next_cursor"] is None


def test_a_full_last_page_has_no_cursor(client: httpx.Client, bulk: str) -> None:
    page = client.get("/v1/jobs", params={"limit": 1}).json()

    assert (len(page["data"]), page["next_cursor"]) == (1, None)


def test_jobs_are_listed_by_state(client: httpx.Client, worker: Worker, bulk: str) -> None:
    single = client.post("/v1/jobs", content=JPEG).json()["id"]
    worker.finish_single(single)

    succeeded = client.get("/v1/jobs", params={"state": "succeeded"}).json()["data"]
    queued = client.get("/v1/jobs", params={"state": "queued"}).json()["data"]

    assert [job["id"] for job in succeeded] == [single]
    assert [job["id"] for job in queued] == [bulk]


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("after=nonsense", "invalid_cursor", "after"),
        ("after=eyJpbmRleCI6MX0", "invalid_cursor", "after"),
        ("after=eyJqb2IiOjF9", "invalid_cursor", "after"),
        ("after=" + "A" * 300, "invalid_request", "after"),
        ("after=", "invalid_cursor", "after"),
        ("limit=0", "invalid_request", "limit"),
        ("limit=101", "invalid_request", "limit"),
        ("state=done", "invalid_request", "state"),
    ],
)
def test_an_invalid_parameter_is_named(client: httpx.Client, query: str, code: str, parameter: str) -> None:
    answer = client.get(f"/v1/jobs?{query}")

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert [fault["parameter"] for fault in answer.json()["errors"]] == [parameter]


def test_canceling_stops_a_job_and_keeps_finished_items(client: httpx.Client, worker: Worker, bulk: str) -> None:
    worker.expand(bulk, items_named("a.jpg", "b.jpg", "c.jpg"))
    worker.work(bulk, {0: b"colored"})

    answer = client.post(f"/v1/jobs/{bulk}/cancel")

    job = answer.json()
    assert (answer.status_code, job["state"]) == (202, "canceled")
    assert job["counts"] == {"pending": 0, "succeeded": 1, "failed": 0, "skipped": 0, "canceled": 2, "expired": 0}
    assert client.get(f"/v1/jobs/{bulk}/items/0/result").content == b"colored"


def test_canceling_a_finished_job_changes_nothing(client: httpx.Client, worker: Worker) -> None:
    job = client.post("/v1/jobs", content=JPEG).json()
    worker.finish_single(job["id"])
    before = client.get(f"/v1/jobs/{job['id']}").json()

    answer = client.post(f"/v1/jobs/{job['id']}/cancel")

    assert (answer.status_code, answer.json()) == (200, before)


def test_a_job_can_be_canceled_before_its_archive_is_read(client: httpx.Client, bulk: str) -> None:
    answer = client.post(f"/v1/jobs/{bulk}/cancel")

    assert answer.json()["state"] == "canceled"
    assert client.get(f"/v1/jobs/{bulk}/items").json() == {"data": [], "next_cursor": None}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "not_found"),
        ("GET", "/nothing-here", 404, "not_found"),
        ("DELETE", "/v1/models", 405, "method_not_allowed"),
        ("PUT", "/v1/jobs", 405, "method_not_allowed"),
    ],
)
def test_an_unknown_path_or_method_is_a_problem_too(
    client: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    answer = client.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
