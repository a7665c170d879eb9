"""`POST …/colorize`: asking a worker, and what a client is told if there is none, if it fails, or if it is late."""

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx
import pytest
from redis import Redis

from api.recoloring import service
from shared import recoloring
from shared.documents import Failure
from shared.jobs import waiting
from shared.liveness import Heartbeats
from shared.metrics.gateway import RECOLOR_SECONDS
from shared.queue import Queue
from shared.recoloring import RecolorRequest, open_recolorings
from tests.api.finished_job import finished_job
from tests.api.stage import Stage
from tests.api.stand_in import Worker
from tests.api.uploading import code

PICTURE = b"RIFF0000WEBP in color"
Answer = Callable[[RecolorRequest], bytes | Failure | None]


@pytest.fixture
def job(client: httpx.Client, stage: Stage) -> str:
    worker = Worker(stage, makes_previews=True)
    failure = Failure(code="truncated", detail="It ends early.")
    return finished_job(client, worker, "image/jpeg", **{"a.jpg": b"a", "broken.jpg": failure})


@pytest.fixture
def alive(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An interactive worker sends heartbeats."""
    monkeypatch.setattr(waiting, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(waiting, "USABLE_SECONDS", 0.0)
    with Redis.from_url(redis_url) as redis:
        for key in redis.scan_iter("photochrom:recolor:*"):  # Of other tests, for seconds.
            redis.delete(key)
    heartbeats = Heartbeats(redis_url)
    anyio.run(heartbeats.beat, Queue.INTERACTIVE, "worker-1")
    yield
    anyio.run(heartbeats.end, Queue.INTERACTIVE, "worker-1")
    heartbeats.close()


class Answering:
    """Answers requests as a worker does, in the order of their messages."""

    def __init__(self, redis_url: str, answer: Answer) -> None:
        self.taken: list[RecolorRequest | None] = []
        self._url, self._answer = redis_url, answer
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=anyio.run, args=[self._work])

    async def _work(self) -> None:
        async with _tokens(self._url) as tokens, open_recolorings(self._url) as recolorings:
            async for token in tokens(self._stopped):
                request = await recolorings.take(token)
                self.taken.append(request)
                answer = self._answer(request) if request else None
                if answer is not None:
                    await recolorings.answer(token, answer)

    def __enter__(self) -> "Answering":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()


@asynccontextmanager
async def _tokens(url: str) -> AsyncIterator[Callable[[threading.Event], AsyncIterator[str]]]:
    with Redis.from_url(url) as redis:

        async def tokens(stopped: threading.Event) -> AsyncIterator[str]:
            known: set[bytes] = set()
            while not stopped.is_set():
                for key in redis.scan_iter("photochrom:recolor:request:*"):
                    if key not in known:
                        known.add(key)
                        yield key.decode().rpartition(":")[2]
                await anyio.sleep(0.01)

        yield tokens


def colorize(client: httpx.Client, job: str, index: int = 0, **coloring: Any) -> httpx.Response:
    return client.post(f"/v1/jobs/{job}/items/{index}/colorize", json=coloring)


def observed(outcome: str) -> float:
    return next(
        sample.value
        for sample in RECOLOR_SECONDS.collect()[0].samples
        if sample.name.endswith("_count") and sample.labels == {"outcome": outcome}
    )


def test_a_worker_colors_the_preview_with_these_options(
    client: httpx.Client, job: str, alive: None, redis_url: str, stage: Stage
) -> None:
    before, traces = observed("colored"), stage.traces()
    hints = [{"x": 0.25, "y": 0.5, "color": "#b03020"}]
    with Answering(redis_url, lambda _: PICTURE) as worker:
        answer = colorize(client, job, model="base", vividness=1.3, seed=7, variant=3, hints=hints)

    assert (answer.status_code, answer.content) == (200, PICTURE)
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("image/webp", "no-store")
    (request,) = worker.taken
    assert request is not None
    options = request.options
    assert (options.model, options.vividness, options.seed, options.variants) == ("base", 1.3, 7, 3)
    assert [hint.model_dump() for hint in options.hints] == hints
    assert f"jobs/{job}/previews/0000000-source" in request.preview
    assert len(request.checkpoint) == 64
    assert observed("colored") == before + 1
    assert stage.traces() == traces


def test_without_options_the_default_model_colors_it(
    client: httpx.Client, job: str, alive: None, redis_url: str
) -> None:
    with Answering(redis_url, lambda _: PICTURE) as worker:
        assert colorize(client, job).status_code == 200

    (request,) = worker.taken
    assert request is not None
    assert (request.options.model, request.options.vividness, request.options.variants) == ("base", 1.0, 1)


def test_without_a_worker_it_is_refused_at_once(
    client: httpx.Client, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(waiting, "USABLE_SECONDS", 0.0)

    answer = colorize(client, job)

    assert code(answer) == (503, "no_worker")
    assert int(answer.headers["retry-after"]) > 0
    assert "role interactive" in answer.json()["detail"]


def test_a_worker_that_cannot_says_why(client: httpx.Client, job: str, alive: None, redis_url: str) -> None:
    failure = Failure(code="model_replaced", detail="The worker has no model 'base'.")
    with Answering(redis_url, lambda _: failure):
        answer = colorize(client, job)

    assert code(answer) == (422, "recolor_failed")
    assert answer.json()["detail"] == "The worker has no model 'base'. (model_replaced)"


def test_a_busy_worker_is_waited_for_briefly_and_the_request_is_withdrawn(
    client: httpx.Client, job: str, alive: None, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LIFETIME_SECONDS", 0.4)

    answer = colorize(client, job)

    assert code(answer) == (504, "timed_out")
    with Redis.from_url(redis_url) as redis:
        assert redis.keys("photochrom:recolor:*") == []


@pytest.mark.parametrize("seconds", [0.001, 0.0004, 1e-7])
def test_the_last_moment_of_a_wait_does_not_last_forever(redis_url: str, seconds: float) -> None:
    async def wait() -> bytes | Failure | None:
        async with open_recolorings(redis_url) as recolorings:
            with anyio.fail_after(3):
                return await recolorings.wait("nobody-answers", seconds)

    assert anyio.run(wait) is None


def test_a_client_that_leaves_withdraws_its_request(
    client: httpx.Client, stage: Stage, job: str, alive: None, redis_url: str
) -> None:
    before = observed("left")
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{stage.url}/v1/jobs/{job}/items/0/colorize", json={}, timeout=httpx.Timeout(5, read=0.3))

    with Redis.from_url(redis_url) as redis:
        for _ in range(200):
            if not redis.keys("photochrom:recolor:*"):
                break
            threading.Event().wait(0.02)
        assert redis.keys("photochrom:recolor:*") == []
    assert observed("left") == before + 1


def test_only_some_are_waited_for_at_once(
    client: httpx.Client, job: str, alive: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recoloring, "MOST_AT_ONCE", 0)

    answer = colorize(client, job)

    assert code(answer) == (429, "too_many_recolorings")
    assert answer.headers["retry-after"]


@pytest.mark.parametrize(
    ("coloring", "expected"),
    [
        ({"vividness": 9}, (422, "invalid_request")),
        ({"format": "png"}, (422, "invalid_request")),
        ({"variant": 5}, (422, "invalid_request")),
        ({"hints": [{"x": 2, "y": 0, "color": "#000000"}]}, (422, "invalid_request")),
        ({"model": "unheard-of"}, (422, "invalid_option")),
        ({"model": "vivid", "hints": [{"x": 0, "y": 0, "color": "#b03020"}]}, (422, "invalid_option")),
    ],
)
def test_invalid_options_are_refused(
    client: httpx.Client, job: str, coloring: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert code(colorize(client, job, **coloring)) == expected


def test_what_has_no_preview_cannot_be_colorized_anew(client: httpx.Client, worker: Worker, job: str) -> None:
    old = finished_job(client, worker, "image/jpeg", **{"a.jpg": b"a"})

    assert code(colorize(client, job, 1)) == (404, "item_failed")
    assert code(colorize(client, job, 99)) == (404, "item_not_found")
    assert code(colorize(client, "job_nobodys")) == (404, "job_not_found")
    assert code(colorize(client, old)) == (404, "no_preview")
