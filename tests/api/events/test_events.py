"""Watching a job by server-sent events."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from api.events import watching
from tests.api.archives import zip_of
from tests.api.stage import JPEG, Stage
from tests.api.stand_in import Worker, items_named


def events_in(answer: httpx.Response) -> Iterator[dict[str, Any]]:
    event: dict[str, Any] = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if line:
            event[name] = value
        elif event:
            yield event
            event = {}


@pytest.fixture
def job(client: httpx.Client, worker: Worker) -> str:
    """A running job of 20 items."""
    job_id = str(client.post("/v1/jobs", content=zip_of(a=JPEG)).json()["id"])
    worker.expand(job_id, items_named(*(f"{n}.jpg" for n in range(20))))
    return job_id


def test_a_job_is_watched_until_it_ends(client: httpx.Client, worker: Worker, job: str, stage: Stage) -> None:
    with client.stream("GET", f"/v1/jobs/{job}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = (event for event in events_in(answer) if "event" in event)
        first = json.loads(next(events)["data"])
        assert first["job"]["counts"]["pending"] == 20
        assert first["latest"] == []
        worker.work(job, dict.fromkeys(range(20), b"colored"))
        *others, last, end = events

    snapshot = json.loads(last["data"])
    assert snapshot["job"] == client.get(f"/v1/jobs/{job}").json()
    assert snapshot["job"]["state"] == "succeeded"
    assert snapshot["latest"] == list(range(8, 20))
    assert (end["event"], end["id"]) == ("end", last["id"])
    assert len(others) <= 5
    assert not stage.app.state.watchers._by_job


def test_a_client_that_has_the_last_state_is_sent_away(client: httpx.Client, worker: Worker, job: str) -> None:
    worker.work(job, dict.fromkeys(range(20), b"colored"))
    *_, end = events_in(client.get(f"/v1/jobs/{job}/events"))

    assert client.get(f"/v1/jobs/{job}/events", headers={"Last-Event-ID": end["id"]}).status_code == 204
    assert "snapshot" in client.get(f"/v1/jobs/{job}/events", headers={"Last-Event-ID": "1"}).text


def test_what_a_client_has_is_not_sent_again(client: httpx.Client, job: str) -> None:
    with client.stream("GET", f"/v1/jobs/{job}/events") as answer:
        first = next(event for event in events_in(answer) if "event" in event)
    with client.stream("GET", f"/v1/jobs/{job}/events", headers={"Last-Event-ID": first["id"]}) as answer:
        events = (event for event in events_in(answer) if "event" in event)
        client.post(f"/v1/jobs/{job}/cancel")

        assert json.loads(next(events)["data"])["job"]["state"] in {"canceling", "canceled"}


def test_streams_share_one_watcher_and_are_bounded(
    client: httpx.Client, job: str, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "MOST_STREAMS", 3)
    opened: list[Iterator[dict[str, Any]]] = []

    with ExitStack() as stack:
        for _ in range(3):
            answer = stack.enter_context(client.stream("GET", f"/v1/jobs/{job}/events"))
            opened.append(events_in(answer))  # Kept: a generator that is dropped closes its answer.
            next(opened[-1])
        assert len(stage.app.state.watchers._by_job) == 1
        refused = client.get(f"/v1/jobs/{job}/events")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
        assert refused.headers["Retry-After"]
        client.post(f"/v1/jobs/{job}/cancel")
        assert [[*events][-1]["event"] for events in opened] == ["end"] * 3


def test_a_quiet_stream_sends_comments_and_ends(
    client: httpx.Client, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "HEARTBEAT_SECONDS", 0.0)
    monkeypatch.setattr(watching, "LONGEST_SECONDS", 2.0)

    text = client.get(f"/v1/jobs/{job}/events").text

    assert ": still here\n\n" in text
    assert "event: end" not in text
