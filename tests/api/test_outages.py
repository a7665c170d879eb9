"""Outages of the servers that the gateway needs: nothing is lost, and the answer says so."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import httpx
import pytest
from redis import Redis

from api.settings import GatewaySettings
from shared.clock import utc_now
from shared.errors import StoreUnavailable
from shared.jobs.documents import Job
from shared.jobs.store import JobStore
from shared.storage.errors import StorageRefused
from shared.storage.keys import job_prefix
from tests.api.stage import JPEG, Stage, gateway_running
from tests.api.stand_in import Worker


@pytest.fixture
def nowhere() -> Iterator[int]:
    """A port without a listener."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield int(bound.getsockname()[1])


@contextmanager
def gateway_without(settings: GatewaySettings, group: str, **changes: str) -> Iterator[tuple[Stage, httpx.Client]]:
    changed = settings.model_copy(
        update={group: type(getattr(settings, group)).model_validate(getattr(settings, group).model_dump() | changes)}
    )
    with gateway_running(changed) as stage, httpx.Client(base_url=stage.url, timeout=60) as client:
        yield stage, client


def test_without_the_queue_jobs_are_still_accepted(
    gateway_settings: GatewaySettings, stage: Stage, nowhere: int
) -> None:
    with gateway_without(gateway_settings, "redis", url=f"redis://127.0.0.1:{nowhere}/0") as (_, client):
        answer = client.post("/v1/jobs", content=JPEG)
        ready = client.get("/readyz")

    assert answer.status_code == 202
    assert stage.traces()["jobs"] == [answer.json()["id"]]
    assert stage.traces()["uploads"] == []
    assert (ready.status_code, ready.json()["status"]) == (503, "not_ready")
    assert ready.json()["checks"] == {"store": "ok", "storage": "ok", "queue": "queue_unavailable"}


@pytest.mark.parametrize(
    ("refuse", "accept"),
    [
        (("CONFIG SET", "maxmemory", 1), ("CONFIG SET", "maxmemory", 0)),
        (("REPLICAOF", "127.0.0.1", 1), ("REPLICAOF", "NO", "ONE")),
    ],
    ids=["out of memory", "read-only replica"],
)
def test_with_a_queue_that_refuses_writes_the_gateway_is_not_ready(
    gateway_settings: GatewaySettings,
    client: httpx.Client,
    refuse: tuple[str | int, ...],
    accept: tuple[str | int, ...],
) -> None:
    with Redis.from_url(gateway_settings.redis.url.get_secret_value()) as redis:
        redis.execute_command(*refuse)
        try:
            ready = client.get("/readyz")
        finally:
            redis.execute_command(*accept)

    assert (ready.status_code, ready.json()["checks"]["queue"]) == (503, "queue_read_only")
    assert client.get("/readyz").status_code == 200


def test_without_storage_nothing_is_accepted_and_nothing_is_left(
    gateway_settings: GatewaySettings, stage: Stage, nowhere: int
) -> None:
    url = f"http://127.0.0.1:{nowhere}"
    with gateway_without(gateway_settings, "storage", endpoint_url=url) as (_, client):
        answer = client.post("/v1/jobs", content=JPEG, headers={"Idempotency-Key": "away"})
        ready = client.get("/readyz")

    assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert (stage.traces()["jobs"], stage.traces()["chunks"], stage.traces()["objects"]) == ([], [], [])
    assert (ready.status_code, ready.json()["status"]) == (503, "not_ready")
    assert ready.json()["checks"] == {"store": "ok", "storage": "storage_unavailable", "queue": "ok"}


def test_without_storage_downloads_answer_503(
    gateway_settings: GatewaySettings, client: httpx.Client, worker: Worker, nowhere: int
) -> None:
    job_id = client.post("/v1/jobs", content=JPEG).json()["id"]
    worker.finish_single(job_id)

    url = f"http://127.0.0.1:{nowhere}"
    with gateway_without(gateway_settings, "storage", endpoint_url=url) as (_, cut_off):
        paths = ("items/0/result", "items/0/source", "results.zip")
        answers = [cut_off.get(f"/v1/jobs/{job_id}/{path}") for path in paths]

    assert [answer.json()["code"] for answer in answers] == ["storage_unavailable"] * 3
    assert [answer.status_code for answer in answers] == [503] * 3


def test_without_the_store_every_route_answers_503(
    client: httpx.Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("The store did not answer.")

    for method in ("get", "page"):
        monkeypatch.setattr(type(stage.gateway.jobs), method, away)
    monkeypatch.setattr(type(stage.gateway.submissions), "begin", away)

    answers = [client.get("/v1/jobs"), client.get("/v1/jobs/job_1"), client.post("/v1/jobs", content=JPEG)]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(503, "store_unavailable")] * 3
    assert all(answer.headers["retry-after"] == "5" for answer in answers)
    assert stage.traces()["objects"] == []


def test_a_submission_that_may_be_committed_is_left_to_the_sweep(
    client: httpx.Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store failed during the insert: the job may exist, so its bytes must be kept."""
    insert = stage.gateway.jobs.insert

    async def insert_and_fail(_: object, job: object) -> None:
        await insert(job)  # type: ignore[arg-type]
        raise StoreUnavailable("The answer was lost.")

    monkeypatch.setattr(type(stage.gateway.jobs), "insert", insert_and_fail)
    refused = client.post("/v1/jobs", content=JPEG, headers={"Idempotency-Key": "lost"})
    monkeypatch.undo()

    again = client.post("/v1/jobs", content=JPEG, headers={"Idempotency-Key": "lost"})

    assert refused.status_code == 503
    assert again.headers["idempotency-replayed"] == "true"
    assert stage.traces()["objects"] == [f"jobs/{again.json()['id']}/source"]


def test_an_abandoned_submission_does_not_become_a_job(
    client: httpx.Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def swept(*_: object) -> bool:
        return False

    monkeypatch.setattr(type(stage.gateway.submissions), "touch", swept)

    answer = client.post("/v1/jobs", content=JPEG)

    assert (answer.status_code, answer.json()["code"]) == (408, "upload_swept")
    assert stage.traces() == {"jobs": [], "chunks": [], "uploads": [], "objects": []}


def test_a_submission_abandoned_while_its_gateway_stalls_leaves_no_job(
    client: httpx.Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = type(stage.gateway.jobs).insert

    async def stall(jobs: JobStore, job: Job) -> None:
        """Until the sweep has removed the submission."""
        assert await stage.gateway.submissions.abandon(job.id, utc_now() + timedelta(minutes=1))
        await stage.gateway.storage.delete_prefix(job_prefix(job.id))
        await insert(jobs, job)

    monkeypatch.setattr(type(stage.gateway.jobs), "insert", stall)

    answer = client.post("/v1/jobs", content=JPEG)

    assert (answer.status_code, answer.json()["code"]) == (408, "upload_swept")
    assert stage.traces() == {"jobs": [], "chunks": [], "uploads": [], "objects": []}


def test_a_job_that_may_still_be_taken_back_does_not_answer_a_repetition(
    client: httpx.Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its gateway died after the insert. It may have stalled before, so its bytes may have been removed."""

    async def die(_: object, job_id: str) -> bool:
        await stage.gateway.submissions.end(job_id)
        raise ArithmeticError

    monkeypatch.setattr(type(stage.gateway.submissions), "become_job", die)
    with suppress(httpx.HTTPError):
        client.post("/v1/jobs", content=JPEG, headers={"Idempotency-Key": "lost"})
    monkeypatch.undo()
    (job_id,) = stage.traces()["jobs"]

    early = client.post("/v1/jobs", content=JPEG, headers={"Idempotency-Key": "lost"})
    stage.portal.call(stage.gateway.jobs.mark_sent, job_id)
    late = client.post("/v1/jobs", content=JPEG, headers={"Idempotency-Key": "lost"})

    assert (early.status_code, early.json()["code"]) == (409, "idempotency_in_flight")
    assert (late.status_code, late.json()["id"]) == (202, job_id)


def test_a_failure_after_the_commit_does_not_make_the_job_look_refused(
    client: httpx.Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise StoreUnavailable("The store did not answer.")

    monkeypatch.setattr(type(stage.gateway.submissions), "become_job", away)

    answer = client.post("/v1/jobs", content=JPEG)

    assert answer.status_code == 202
    assert stage.traces()["jobs"] == [answer.json()["id"]]


def test_an_outage_while_a_client_waits_does_not_make_the_job_look_refused(
    client: httpx.Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> None:
        raise StoreUnavailable("The store did not answer.")

    monkeypatch.setattr(type(stage.gateway.jobs), "get", away)

    answer = client.post("/v1/jobs", content=JPEG, headers={"Prefer": "wait=10"})

    assert (answer.status_code, answer.json()["state"]) == (202, "queued")


def test_a_bug_reveals_only_the_request_id(client: httpx.Client, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def defect(*_: object) -> None:
        raise ZeroDivisionError("secret internals")

    monkeypatch.setattr(type(stage.gateway.jobs), "get", defect)

    answer = client.get("/v1/jobs/job_1", headers={"X-Request-Id": "mine-17"})

    assert answer.status_code == 500
    assert (answer.json()["code"], answer.json()["request_id"]) == ("internal_error", "mine-17")
    assert answer.headers["x-request-id"] == "mine-17"
    assert "secret" not in answer.text


def test_storage_that_refuses_the_gateway_is_a_500(
    client: httpx.Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise StorageRefused("403 SignatureDoesNotMatch")

    monkeypatch.setattr(type(stage.gateway.storage), "put_stream", refuse)

    answer = client.post("/v1/jobs", content=JPEG)

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert stage.traces() == {"jobs": [], "chunks": [], "uploads": [], "objects": []}


@pytest.mark.parametrize("request_id", ["x" * 200, "two words", "<script>"])
def test_an_invalid_request_id_is_replaced(client: httpx.Client, request_id: str) -> None:
    answer = client.get("/livez", headers={"X-Request-Id": request_id})

    assert answer.headers["x-request-id"].startswith("req_")


def test_the_gateway_is_alive_and_ready(client: httpx.Client) -> None:
    assert client.get("/livez").json() == {"status": "live"}
    assert client.get("/readyz").json() == {
        "status": "ready",
        "checks": {"store": "ok", "storage": "ok", "queue": "ok"},
    }
