"""Retry and delete as clients see them."""

from typing import Any

import httpx
import pytest

from shared.documents import Failure
from tests.api.archives import zip_of
from tests.api.finished_job import finished_job
from tests.api.stage import JPEG, Stage
from tests.api.stand_in import Worker, items_named

BROKEN = Failure(code="truncated", detail="The picture ends early.")


@pytest.fixture
def half_failed(client: httpx.Client, worker: Worker) -> str:
    """The id of a bulk job with one succeeded and one failed picture."""
    job = client.post("/v1/jobs", params={"filename": "scans.zip"}, content=zip_of(a=JPEG)).json()
    worker.expand(job["id"], items_named("a.jpg", "b.jpg"))
    worker.work(job["id"], {0: b"colored", 1: BROKEN})
    return str(job["id"])


def test_a_retry_starts_another_run_and_keeps_results(client: httpx.Client, half_failed: str) -> None:
    before = client.get(f"/v1/jobs/{half_failed}").json()

    answer = client.post(before["links"]["retry"])

    after = answer.json()
    assert answer.status_code == 202
    assert answer.headers["Retry-After"] == "1"
    assert (before["run"], after["run"], after["state"]) == (1, 2, "queued")
    assert after["counts"] == {"pending": 1, "succeeded": 1, "failed": 0, "skipped": 0, "canceled": 0, "expired": 0}
    assert (after["error"], after["finished_at"]) == (None, None)
    assert after["version"] > before["version"]
    assert "retry" not in after["links"]
    assert client.get(f"/v1/jobs/{half_failed}/items/0/result").content == b"colored"


@pytest.fixture
def failed(client: httpx.Client, worker: Worker) -> str:
    """The id of a bulk job in chunks of four: six failed pictures after a succeeded one, and one that was skipped."""
    results: dict[str, bytes | Failure] = {f"{n}.jpg": BROKEN for n in range(1, 7)}
    return finished_job(client, worker, "image/jpeg", **{"0.jpg": b"colored"}, **results)


def test_a_retry_can_be_for_some_failed_items(client: httpx.Client, worker: Worker, stage: Stage, failed: str) -> None:
    answer = client.post(f"/v1/jobs/{failed}/retry", json={"items": [5, 2, 0, 7, 2]})

    assert answer.status_code == 202
    counts = answer.json()["counts"]
    assert {name: count for name, count in counts.items() if count} == {
        "pending": 2,
        "succeeded": 1,
        "failed": 4,
        "skipped": 1,
    }
    document = stage.portal.call(stage.gateway.database["jobs"].find_one, {"_id": failed})
    assert document["retried"] == [2, 5]


def test_the_next_retry_is_for_all_again(client: httpx.Client, worker: Worker, stage: Stage, failed: str) -> None:
    client.post(f"/v1/jobs/{failed}/retry", json={"items": [5]})
    client.post(f"/v1/jobs/{failed}/cancel")

    answer = client.post(f"/v1/jobs/{failed}/retry")

    assert answer.status_code == 202
    document = stage.portal.call(stage.gateway.database["jobs"].find_one, {"_id": failed})
    assert document["retried"] is None


def test_items_that_cannot_be_retried_are_refused(client: httpx.Client, failed: str) -> None:
    def answer(**body: Any) -> tuple[int, str]:
        refused = client.post(f"/v1/jobs/{failed}/retry", json=body)
        return refused.status_code, refused.json()["code"]

    assert answer(items=[0, 7]) == (409, "nothing_to_retry")
    assert answer(items=[8]) == (422, "invalid_request")
    assert answer(items=[]) == (422, "invalid_request")
    assert answer(items=[-1]) == (422, "invalid_request")
    assert answer(item=[1]) == (422, "invalid_request")
    assert client.get(f"/v1/jobs/{failed}").json()["run"] == 1


def test_a_job_that_was_canceled_is_retried_as_a_whole(client: httpx.Client, worker: Worker) -> None:
    job = client.post("/v1/jobs", params={"filename": "scans.zip"}, content=zip_of(a=JPEG)).json()["id"]
    worker.expand(job, items_named("a.jpg", "b.jpg"))
    worker.work(job, {0: BROKEN})
    client.post(f"/v1/jobs/{job}/cancel")

    answer = client.post(f"/v1/jobs/{job}/retry", json={"items": [0]})

    assert (answer.status_code, answer.json()["code"]) == (409, "stopped_early")
    assert client.post(f"/v1/jobs/{job}/retry").status_code == 202


def test_an_unfinished_job_is_not_retried(client: httpx.Client, half_failed: str) -> None:
    assert client.post(f"/v1/jobs/{half_failed}/retry").status_code == 202

    answer = client.post(f"/v1/jobs/{half_failed}/retry")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_finished")


def test_a_job_without_failures_has_nothing_to_retry(client: httpx.Client, worker: Worker) -> None:
    job = client.post("/v1/jobs", content=JPEG).json()
    worker.finish_single(job["id"])

    answer = client.post(f"/v1/jobs/{job['id']}/retry")

    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_retry")


def test_the_rate_of_a_retry_counts_only_its_pictures(client: httpx.Client, worker: Worker, half_failed: str) -> None:
    client.post(f"/v1/jobs/{half_failed}/retry")

    worker.expand_again(half_failed)

    job = client.get(f"/v1/jobs/{half_failed}").json()
    assert (job["state"], job["progress"], job["rate"]) == ("running", 0.5, None)


def test_a_deleted_job_shows_only_its_state(client: httpx.Client, half_failed: str) -> None:
    answer = client.delete(f"/v1/jobs/{half_failed}")

    job = answer.json()
    assert (answer.status_code, job["state"]) == (202, "deleting")
    assert job["links"] == {"self": f"/v1/jobs/{half_failed}"}
    assert client.get(f"/v1/jobs/{half_failed}").json()["state"] == "deleting"
    paths = ("/items", "/items/0", "/items/0/result", "/items/0/source", "/results.zip", "/report.jsonl", "/report.csv")
    refused = [client.get(f"/v1/jobs/{half_failed}{path}") for path in paths]
    assert {(each.status_code, each.json()["code"]) for each in refused} == {(404, "job_deleted")}


def test_deleting_twice_does_no_harm(client: httpx.Client, half_failed: str) -> None:
    first, second = (client.delete(f"/v1/jobs/{half_failed}").json() for _ in range(2))

    assert (second["state"], second["version"]) == ("deleting", first["version"])


def test_a_job_that_is_being_deleted_is_neither_canceled_nor_retried(client: httpx.Client, half_failed: str) -> None:
    client.delete(f"/v1/jobs/{half_failed}")

    cancel, retry = (client.post(f"/v1/jobs/{half_failed}/{verb}") for verb in ("cancel", "retry"))

    assert (cancel.status_code, cancel.json()["state"]) == (200, "deleting")
    assert (retry.status_code, retry.json()["code"]) == (404, "job_deleted")


def test_an_unknown_job_or_one_of_another_owner_is_neither_retried_nor_deleted(
    client: httpx.Client, stage: Stage, half_failed: str
) -> None:
    jobs = stage.gateway.database["jobs"]

    async def give_away() -> None:
        await jobs.update_one({"_id": half_failed}, {"$set": {"owner": "somebody else"}})

    stage.portal.call(give_away)

    for job in (half_failed, "job_unknown"):
        answers = [client.post(f"/v1/jobs/{job}/retry"), client.delete(f"/v1/jobs/{job}")]
        assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "job_not_found")}
