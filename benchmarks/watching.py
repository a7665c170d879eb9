"""The cost of being watched, in processor time: `python -m benchmarks.watching`.

A picture: what a worker measures when its end is recorded and in a forward pass of its own. A request: an application
that only answers, with and without the middleware that measures it. A scrape: writing down all metrics. The best round
counts, because the others were disturbed.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from types import SimpleNamespace

from prometheus_client import generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.measuring import Measured
from benchmarks.report import Row, conclude
from shared.chunks.documents import Item, Result
from shared.lifecycle import ItemState
from shared.metrics.worker import FORWARD_SECONDS, MINIBATCH_PICTURES
from shared.queue import Queue
from worker.chunk.measuring import measure_items

ROUNDS, REPEATS = 20, 1000
MOST_FOR_A_PICTURE = 300.0
MOST_FOR_A_REQUEST = 100.0
STAGES = {"fetch": 3.1, "decode": 81.0, "infer": 190.5, "compose": 160.2, "put": 9.9}


def microseconds(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """Of one call, in the best round."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(repeats):
            work()
        best = min(best, time.process_time() - started)
    return best / repeats * 1e6


def picture() -> Callable[[], None]:
    result = Result(
        key="k",
        bytes=400_000,
        sha256="0" * 64,
        crc32=1,
        width=2000,
        height=1500,
        media_type="image/jpeg",
        checkpoint="",
    )
    item = Item(
        index=0,
        name="a.jpg",
        member="a.jpg",
        locator=None,
        state=ItemState.SUCCEEDED,
        results=[result],
        timings_ms=STAGES,
    )

    def measured() -> None:
        with FORWARD_SECONDS.labels("base").time():
            pass
        MINIBATCH_PICTURES.labels("base").observe(1)
        measure_items(Queue.BULK, [item])

    return measured


async def answer(_scope: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"answer"})


def request(app: ASGIApp) -> Callable[[], None]:
    application = SimpleNamespace(state=SimpleNamespace(templates={answer: "/v1/jobs/{job_id}"}))

    async def receive() -> Message:
        return {"type": "http.request", "body": b"request"}

    async def send(_: Message) -> None:
        pass

    def call() -> None:
        scope = {"type": "http", "method": "GET", "state": {}, "app": application, "endpoint": answer}
        _run(app(scope, receive, send))

    return call


def _run(awaitable: Awaitable[None]) -> None:
    """Without an event loop: nothing here waits."""
    try:
        awaitable.__await__().send(None)
    except StopIteration:
        return
    raise asyncio.InvalidStateError


def main() -> int:
    of_a_picture = microseconds(picture())
    of_a_request = microseconds(request(Measured(answer))) - microseconds(request(answer))
    of_a_scrape = microseconds(generate_latest, repeats=10) / 1000
    return conclude(
        [
            Row.at_most("measuring a picture in a worker", of_a_picture, MOST_FOR_A_PICTURE, "µs"),
            Row.at_most("measuring a request in the gateway", of_a_request, MOST_FOR_A_REQUEST, "µs"),
            Row("one scrape of these metrics", "", f"{of_a_scrape:.2f} ms", None),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
