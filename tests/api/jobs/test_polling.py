"""`GET /v1/jobs/{id}` has two ways to one answer: the short one, and the one for what has parameters."""

import httpx
import pytest

from shared.documents import Failure
from tests.api.stage import JPEG, Worker

OWN_HEADERS = {"date", "x-request-id"}


def answers(client: httpx.Client, path: str, headers: dict[str, str] | None = None) -> list[tuple]:
    """Of both ways: status, headers, content."""
    both = [client.get(path, params=params, headers=headers) for params in ({}, {"wait": "0"})]
    return [
        (answer.status_code, {n: v for n, v in answer.headers.items() if n not in OWN_HEADERS}, answer.content)
        for answer in both
    ]


@pytest.fixture
def polled(client: httpx.Client) -> str:
    """The path of a job that is queued."""
    return client.post("/v1/jobs", content=JPEG).headers["location"]


def test_both_ways_tell_the_same_of_a_job_that_waits(client: httpx.Client, polled: str) -> None:
    short, thorough = answers(client, polled)

    assert short == thorough
    assert short[0] == 200


@pytest.mark.parametrize("failed", [False, True])
def test_both_ways_tell_the_same_of_a_job_that_is_over(
    client: httpx.Client, worker: Worker, polled: str, failed: bool
) -> None:
    error = Failure(code="corrupt_image", detail="It is damaged.")
    job_id = polled.rpartition("/")[2]
    [worker.finish_single, lambda found: worker.fail_single(found, error)][failed](job_id)

    short, thorough = answers(client, polled)

    assert short == thorough
    assert b"finished_at" in short[2]


def test_both_ways_know_what_a_client_has_already(client: httpx.Client, polled: str) -> None:
    current = {"If-None-Match": client.get(polled).headers["etag"]}

    short, thorough = answers(client, polled, current)

    assert short == thorough
    assert (short[0], short[2]) == (304, b"")


@pytest.mark.parametrize(("job_id", "status"), [("job_unknown", 404), ("j" * 64, 404), ("j" * 65, 422)])
def test_both_ways_refuse_the_same(client: httpx.Client, job_id: str, status: int) -> None:
    short, thorough = (client.get(f"/v1/jobs/{job_id}", params=params) for params in ({}, {"wait": "0"}))

    assert (short.status_code, thorough.status_code) == (status, status)
    assert short.json()["code"] == thorough.json()["code"]


def test_a_poll_sees_at_once_that_its_job_is_over(client: httpx.Client, worker: Worker, polled: str) -> None:
    before = client.get(polled).json()["state"]
    worker.finish_single(polled.rpartition("/")[2])

    assert (before, client.get(polled).json()["state"]) == ("queued", "succeeded")
