"""Reading jobs and items, and waiting for a job across failures of the gateway."""

import socket
import threading
import time
from datetime import UTC, datetime

import pytest
from photochrom import Client, Counts, NotFound, ServiceUnreachable, UnexpectedAnswer, WaitTimeout

from tests.client.fake_gateway import FakeItem
from tests.client.fake_handler import cut_at_once, refuse


def test_a_job_is_read_into_typed_fields(client):
    job = client.job(client.submit(b"x").id)

    assert (job.state, job.is_terminal, job.items) == ("succeeded", True, 1)
    assert job.counts == Counts(succeeded=1)
    assert job.finished_at == datetime(2026, 11, 23, 5, 47, 12, 500_000, tzinfo=UTC)
    assert job.raw["links"] == {"self": f"/v1/jobs/{job.id}"}


def test_an_unknown_job_is_not_found(client):
    with pytest.raises(NotFound, match="There is no job nope"):
        client.job("nope")


def test_an_id_cannot_reach_outside_the_jobs(client, gateway):
    with pytest.raises(NotFound):
        client.job("../models")

    assert gateway.requests == ["GET /v1/jobs/..%2Fmodels"]


def test_items_are_read_across_pages_and_by_state(client, gateway):
    gateway.page_size = 2
    gateway.outcome = [FakeItem(f"{n}.jpg", b"x") for n in range(5)]
    gateway.outcome[3] = FakeItem("3.jpg", state="failed", error=("decode_failed", "The file is cut off."))
    job = client.submit(b"x")

    assert [item.index for item in client.items(job)] == [0, 1, 2, 3, 4]
    [failed] = client.items(job, "failed")
    assert (failed.name, failed.error.code, failed.result) == ("3.jpg", "decode_failed", None)


def test_jobs_come_newest_first_across_pages(client, gateway):
    gateway.page_size = 2
    ids = [client.submit(b"x").id for _ in range(3)]

    assert [job.id for job in client.jobs()] == ids[::-1]


def test_waiting_reports_each_change_once_and_returns_the_ended_job(client, gateway):
    gateway.polls = 4
    reported = []

    job = client.wait(client.submit(b"x"), on_progress=reported.append)

    assert [state.state for state in reported] == ["running", "succeeded"]
    assert job == reported[-1]


def test_waiting_also_returns_a_failed_job(client, gateway):
    gateway.outcome_state = "failed"
    gateway.outcome_error = {"code": "archive_truncated", "detail": "The archive is cut off."}

    job = client.wait(client.submit(b"x").id)

    assert (job.state, job.error.code, job.is_clean) == ("failed", "archive_truncated", False)


def test_a_timeout_raises_with_the_last_known_job(client, gateway):
    gateway.polls = 1000
    job = client.submit(b"x")

    with pytest.raises(WaitTimeout, match="It continues") as raised:
        client.wait(job, timeout=0.3)

    assert raised.value.job.state == "running"


def test_waiting_outlives_a_restart_of_the_gateway(client, gateway):
    gateway.polls = 1000
    job = client.submit(b"x")
    ended = []
    waiting = threading.Thread(target=lambda: ended.append(client.wait(job)))
    waiting.start()
    gateway.polled.wait(5)

    gateway.stop()
    time.sleep(0.5)
    gateway.polls = 1
    gateway.start()

    waiting.join(10)
    assert [job.state for job in ended] == ["succeeded"]


def test_broken_connections_and_busy_responses_are_retried(client, gateway):
    job = client.submit(b"x")
    gateway.faults += [cut_at_once, refuse(503, "store_unavailable", "Away."), refuse(504, "", "")]

    assert client.job(job).id == job.id


def test_a_service_that_never_responded_is_given_up_soon():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # Bound, not listening: connections are refused.
        started_at = time.monotonic()

        with (
            Client(f"http://127.0.0.1:{taken.getsockname()[1]}") as client,
            pytest.raises(ServiceUnreachable),
        ):
            client.job("job_01")

    assert time.monotonic() - started_at < 4


def test_another_service_at_the_address_is_recognized(client, gateway):
    gateway.faults.append(lambda handler: handler.respond(200, {"hello": "world"}))

    with pytest.raises(UnexpectedAnswer, match="is not that of a Photochrom service"):
        client.job("job_01")


def test_cancel_returns_the_canceled_job(client, gateway):
    gateway.polls = 1000

    assert client.cancel(client.submit(b"x")).state == "canceled"
