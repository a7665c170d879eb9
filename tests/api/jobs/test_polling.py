"""`GET /v1/jobs/{id}` has a fast path for requests without parameters; both paths give the same answer."""

import httpx
import pytest

from shared.documents import Failure
from tests.api.stage import JPEG
from tests.api.stand_in import Worker

PER_REQUEST_HEADERS = {"date", "x-request-id"}


def answers(client: httpx.Client, path: str, headers: dict[str, str] | None = None) -> list[tuple]:
    """Status, headers and content from both paths."""
    both = [client.get(path, params=params, headers=headers) for params in ({}, {"wait": "0"})]
    return [
        (answer.status_code, {n: v for n, v in answer.headers.items() if n not in PER_REQUEST_HEADERS}, answer.content)
        for answer in both
    ]


@pytest.fixture
def polled(client: httpx.Client) -> str:
    """The path of a queued job."""
    return client.post("/v1/jobs", content=JPEG).headers["location"]


def test_both_paths_answer_the_same_for_a_queued_job(client: httpx.Client, polled: str) -> None:
    fast, full = answers(client, polled)

    assert fast == full
    assert fast[0] == 200


@pytest.mark.parametrize("failed", [False, True])
def test_both_paths_answer_the_same_for_a_finished_job(
    client: httpx.Client, worker: Worker, polled: str, failed: bool
) -> None:
    error = Failure(code="corrupt_image", detail="It is damaged.")
    job_id = polled.rpartition("/")[2]
    if failed:
        worker.fail_single(job_id, error)
    else:
        worker.finish_single(job_id)

    fast, full = answers(client, polled)

    assert fast == full
    assert b"finished_at" in fast[2]


def test_both_paths_honor_if_none_match(client: httpx.Client, polled: str) -> None:
    current = {"If-None-Match": client.get(polled).headers["etag"]}

    fast, full = answers(client, polled, current)

    assert fast == full
    assert (fast[0], fast[2]) == (304, b"")


@pytest.mark.parametrize(("job_id", "status"), [("job_unknown", 404), ("j" * 64, 404), ("j" * 65, 422)])
def test_both_paths_refuse_the_same(client: httpx.Client, job_id: str, status: int) -> None:
    fast, full = (client.get(f"/v1/jobs/{job_id}", params=params) for params in ({}, {"wait": "0"}))

    assert (fast.status_code, full.status_code) == (status, status)
    assert fast.json()["code"] == full.json()["code"]


def test_a_poll_shows_at_once_that_its_job_has_finished(client: httpx.Client, worker: Worker, polled: str) -> None:
    before = client.get(polled).json()["state"]
    worker.finish_single(polled.rpartition("/")[2])

    assert (before, client.get(polled).json()["state"]) == ("queued", "succeeded")
