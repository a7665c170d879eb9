"""The cost of a poll compared with a bare indexed read, while 50 clients poll: `python -m benchmarks.poll`.

Each client sends `GET /v1/jobs/{id}` for a running job of its own to the gateway, a separate process on the embedded
servers, and again as soon as it has the response. A *bare read* of such a job is `find_one` by `_id` through Motor. It
is measured twice with the same concurrency: over HTTP, by an application that only returns the document as JSON, on the
same server with the same settings (`benchmarks/bare_read.py`), and in this process without HTTP. All three alternate,
and the best rounds are compared. The target applies to the first, because the gateway cannot save the cost of HTTP.
"""

import argparse
import asyncio
import itertools
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import uvloop

from benchmarks.report import Row, conclude
from infra.standalone.checks import http_answers
from infra.standalone.home import DataFolder
from infra.standalone.lifeline import Lifeline
from infra.standalone.service import Service
from infra.standalone.settings import LOOPBACK
from infra.standalone.stack import gateway_service
from infra.standalone.supervisor import Supervisor
from migrations.runner import upgrade
from shared.clock import utc_now
from shared.jobs.documents import Job, JobKind, Source, Totals
from shared.jobs.options import Options
from shared.jobs.store import JobStore
from shared.lifecycle import Counts, JobState
from shared.mongo import open_database
from shared.settings import MongoSettings
from tests.fixtures.ports import free_port
from tests.fixtures.stack import servers_running

CLIENTS = 50
MOST = 2.0


def running_job() -> Job:
    return Job(
        owner="local",
        kind=JobKind.BULK,
        state=JobState.RUNNING,
        source=Source(key="nowhere", filename="scans.zip", media_type="application/zip", bytes=1, sha256="0" * 64),
        options=Options(model="base"),
        chunk_items=64,
        chunks=100,
        next_no=40,
        totals=Totals(items=6400, bytes=1 << 30),
        progress=Counts(succeeded=2000, failed=3),
        created_at=utc_now(),
        sent_at=utc_now(),
        sealed_at=utc_now(),
        started_at=utc_now(),
    )


async def write_jobs(settings: MongoSettings, count: int) -> list[str]:
    jobs = [running_job() for _ in range(count)]
    async with open_database(settings) as database:
        await upgrade(database)
        for job in jobs:
            await JobStore(database).insert(job)
    return [job.id for job in jobs]


class Poller(asyncio.Protocol):
    """A minimal HTTP client: repeats a request on one connection until `turns` is exhausted."""

    def __init__(self, path: str, turns: Iterator[int], done: asyncio.Future[None]) -> None:
        self._request = f"GET {path} HTTP/1.1\r\nHost: {LOOPBACK}\r\n\r\n".encode()
        self._turns, self._done = turns, done
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, content = self._received.partition(b"\r\n\r\n")
        if not end or len(content) < int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]):
            return
        if not head.startswith(b"HTTP/1.1 200"):
            self._done.set_exception(SystemExit(head.decode()))
            self._transport.close()
            return
        self._received = b""
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(exc or SystemExit("the connection closed before the end of the round"))

    def _send(self) -> None:
        if next(self._turns, None) is None:
            self._done.set_result(None)
            self._transport.close()
        else:
            self._transport.write(self._request)


async def poll(port: int, paths: list[str], count: int) -> float:
    """Seconds for `count` responses, with a client for each path."""
    loop, turns = asyncio.get_running_loop(), iter(range(count))
    futures = [loop.create_future() for _ in paths]
    started = time.perf_counter()
    for path, done in zip(paths, futures, strict=True):
        await loop.create_connection(lambda path=path, done=done: Poller(path, turns, done), LOOPBACK, port)  # type: ignore[misc]
    await asyncio.gather(*futures)
    return time.perf_counter() - started


async def read(settings: MongoSettings, ids: list[str], count: int) -> float:
    """Seconds for `count` bare reads, with a concurrent reader for each id."""
    async with open_database(settings) as database:
        jobs, turns = database["jobs"], iter(range(count))

        async def read_repeatedly(job_id: str) -> None:
            for _ in turns:
                await jobs.find_one({"_id": job_id})

        await asyncio.gather(*(jobs.find_one({"_id": job_id}) for job_id in ids))  # Opens the connections.
        started = time.perf_counter()
        await asyncio.gather(*map(read_repeatedly, ids))
        return time.perf_counter() - started


@contextmanager
def serving(home: Path, environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Run a gateway and the bare read; yield their ports."""
    folder, gateway, bare = DataFolder(home), free_port(), free_port()
    baseline = Service(
        name="bare-read",
        command=(sys.executable, "-m", "benchmarks.bare_read", str(bare)),
        environment=environment,
        ready=http_answers(f"http://{LOOPBACK}:{bare}"),
    )
    settings = {**environment, "PHOTOCHROM_HOST": LOOPBACK, "PHOTOCHROM_PORT": str(gateway)}
    stages = [[gateway_service(LOOPBACK, gateway, settings), baseline]]
    with (
        Lifeline() as lifeline,
        Supervisor(stages, logs=folder.logs, lifeline=lifeline, report=print) as supervisor,
    ):
        supervisor.start()
        yield gateway, bare


def fastest(works: dict[str, Callable[[], Coroutine[Any, Any, float]]], rounds: int) -> dict[str, float]:
    """The fewest seconds of each; all alternate."""
    seconds = dict.fromkeys(works, float("inf"))
    for _, (name, work) in itertools.product(range(rounds), works.items()):
        seconds[name] = min(seconds[name], uvloop.run(work()))
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.poll", description=__doc__)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--polls", type=int, default=1000, help="polls in a round")
    parser.add_argument("--rounds", type=int, default=20)
    arguments = parser.parse_args()
    clients, polls = arguments.clients, arguments.polls
    with tempfile.TemporaryDirectory() as scratch, servers_running(Path(scratch, "servers")) as environment:
        settings = MongoSettings.model_validate({"url": environment["PHOTOCHROM_MONGO__URL"]})
        ids = uvloop.run(write_jobs(settings, clients))
        with serving(Path(scratch, "home"), environment) as (gateway, bare):
            seconds = fastest(
                {
                    "poll": lambda: poll(gateway, [f"/v1/jobs/{job_id}" for job_id in ids], polls),
                    "bare read over HTTP": lambda: poll(bare, [f"/{job_id}" for job_id in ids], polls),
                    "bare read": lambda: read(settings, ids, polls),
                },
                arguments.rounds,
            )
    per_request = {name: total / polls for name, total in seconds.items()}
    print(
        ", ".join(f"{name} {spent * 1000:.2f} ms" for name, spent in per_request.items()),
        f"(best of {arguments.rounds})",
    )
    polled, over_http, without = (per_request[name] for name in ("poll", "bare read over HTTP", "bare read"))
    ratios = f"{polled / without:.1f} ×; an application that only reads {over_http / without:.1f} ×"
    return conclude(
        [
            Row.at_most(f"a poll against a bare read over HTTP, {clients} clients", polled / over_http, MOST, "×"),
            Row(f"a poll against a bare read without HTTP, {clients} clients", "", ratios, None),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
