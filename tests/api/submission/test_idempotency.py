"""Idempotency-Key: one job, however often and however fast the request is repeated."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest

from shared.clock import utc_now
from shared.ids import new_job_id
from shared.storage.keys import source_key
from tests.api.stage import JPEG, PNG, Stage

KEY = {"Idempotency-Key": "scan-17"}


def test_a_repeated_request_returns_the_first_job(client: httpx.Client, stage: Stage) -> None:
    first = client.post("/v1/jobs", content=JPEG, headers=KEY)

    second = client.post("/v1/jobs", content=JPEG, headers=KEY)

    assert (first.status_code, second.status_code) == (202, 202)
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert second.headers["location"] == first.headers["location"]
    assert second.json()["id"] == first.json()["id"]
    assert len(stage.traces()["objects"]) == len(stage.traces()["jobs"]) == 1


def test_the_encoding_of_the_body_makes_no_difference(client: httpx.Client) -> None:
    first = client.post("/v1/jobs?format=png", content=JPEG, headers=KEY).json()

    again = client.post("/v1/jobs", data={"format": "png"}, files={"file": ("b.jpg", JPEG)}, headers=KEY)

    assert again.json()["id"] == first["id"]


@pytest.mark.parametrize(("query", "body"), [("", PNG), ("?format=png", JPEG)], ids=["other content", "other options"])
def test_a_different_request_with_the_same_key_is_refused(
    client: httpx.Client, stage: Stage, query: str, body: bytes
) -> None:
    client.post("/v1/jobs", content=JPEG, headers=KEY)

    answer = client.post(f"/v1/jobs{query}", content=body, headers=KEY)

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_mismatch")
    assert len(stage.traces()["objects"]) == len(stage.traces()["jobs"]) == 1
    assert stage.traces()["uploads"] == []


def test_without_a_key_a_repeated_request_makes_another_job(client: httpx.Client, stage: Stage) -> None:
    client.post("/v1/jobs", content=JPEG)
    client.post("/v1/jobs", content=JPEG)

    assert len(stage.traces()["jobs"]) == 2


@pytest.mark.parametrize("key", ["", "x" * 256, "smörgås".encode(), "a\tb"])
def test_a_key_must_be_short_and_printable(client: httpx.Client, key: str | bytes) -> None:
    answer = client.post("/v1/jobs", content=JPEG, headers=[(b"Idempotency-Key", key)])

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "Idempotency-Key"


def test_while_the_first_body_arrives_a_repetition_is_refused_for_now(client: httpx.Client, stage: Stage) -> None:
    first_half_sent, may_end = threading.Event(), threading.Event()

    def slowly() -> Iterator[bytes]:
        yield JPEG
        first_half_sent.set()
        may_end.wait(10)
        yield JPEG

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, "/v1/jobs", content=slowly(), headers=KEY)
        first_half_sent.wait(10)
        while not stage.traces()["uploads"]:
            pass
        second = client.post("/v1/jobs", content=JPEG * 2, headers=KEY)
        may_end.set()

        assert (second.status_code, second.json()["code"]) == (409, "idempotency_in_flight")
        assert second.headers["retry-after"] == "1"
        assert first.result().status_code == 202


def test_eight_concurrent_requests_make_exactly_one_job(client: httpx.Client, stage: Stage) -> None:
    with ThreadPoolExecutor(8) as pool:
        posts = [pool.submit(client.post, "/v1/jobs", content=JPEG * 50, headers=KEY) for _ in range(8)]
        answers = [post.result() for post in posts]

    accepted = [answer.json()["id"] for answer in answers if answer.status_code == 202]
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert len(set(accepted)) == 1
    traces = stage.traces()
    assert traces["jobs"] == [accepted[0]]
    assert traces["objects"] == [f"jobs/{accepted[0]}/source"]
    assert traces["uploads"] == []


@pytest.fixture
def crashed(stage: Stage) -> Callable[[float], str]:
    """What a gateway leaves behind that crashed so many seconds ago, while the body arrived."""

    async def leave(seconds: float) -> str:
        job_id = new_job_id()
        gateway = stage.gateway
        await gateway.submissions.begin(job_id, "local", KEY["Idempotency-Key"])
        await gateway.storage.put(source_key(job_id), JPEG, "image/jpeg")
        touched = {"$set": {"touched_at": utc_now() - timedelta(seconds=seconds)}}
        await gateway.database["uploads"].update_one({"_id": job_id}, touched)
        return job_id

    return lambda seconds: stage.portal.call(leave, seconds)


@pytest.mark.parametrize(("seconds", "wait"), [(1, {1}), (8, {1}), (20, {24, 25}), (44, {1})])
def test_soon_after_a_crash_a_repetition_is_told_how_long_to_wait(
    client: httpx.Client, crashed: Callable[[float], str], seconds: float, wait: set[int]
) -> None:
    crashed(seconds)

    answer = client.post("/v1/jobs", content=JPEG, headers=KEY)

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_in_flight")
    assert int(answer.headers["retry-after"]) in wait


def test_within_a_minute_after_a_crash_a_repetition_takes_over(
    client: httpx.Client, stage: Stage, crashed: Callable[[float], str]
) -> None:
    abandoned = crashed(46)

    answer = client.post("/v1/jobs", content=JPEG, headers=KEY)

    job = answer.json()["id"]
    assert answer.status_code == 202
    assert job != abandoned
    assert stage.traces() == {"jobs": [job], "chunks": [f"{job}:0"], "uploads": [], "objects": [f"jobs/{job}/source"]}


def test_a_crash_after_the_commit_is_a_replay(
    client: httpx.Client, stage: Stage, crashed: Callable[[float], str]
) -> None:
    first = client.post("/v1/jobs", content=JPEG, headers=KEY).json()["id"]

    async def undo_the_end() -> None:
        old = utc_now() - timedelta(seconds=100)
        await stage.gateway.submissions.begin(first, "local", KEY["Idempotency-Key"])
        await stage.gateway.database["uploads"].update_one({"_id": first}, {"$set": {"touched_at": old}})

    stage.portal.call(undo_the_end)

    again = client.post("/v1/jobs", content=JPEG, headers=KEY)

    assert (again.status_code, again.json()["id"]) == (202, first)


def test_a_gateway_that_was_only_slow_does_not_commit_what_was_taken_over(
    client: httpx.Client, stage: Stage, crashed: Callable[[float], str]
) -> None:
    slow = crashed(46)
    client.post("/v1/jobs", content=JPEG, headers=KEY)

    assert not stage.portal.call(stage.gateway.submissions.touch, slow)
