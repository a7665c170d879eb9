"""How long a polite client's polls take while others misbehave: `python -m benchmarks.flood`.

A client with a key of its own polls a running job twenty times per second, against a gateway with nothing else to do,
while another key floods it over many connections and far beyond its limit, and while 200 clients upload so slowly that
their bodies arrive at a kilobyte per second. The others run in processes of their own on the same machine. Last, a
picture is submitted while the slow uploads are open.
"""

import argparse
import asyncio
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.queues import Queue
from pathlib import Path

import httpx
import uvloop

from benchmarks.poll import running_job
from benchmarks.report import Row, conclude
from infra.standalone.home import DataFolder
from infra.standalone.lifeline import Lifeline
from infra.standalone.settings import LOOPBACK
from infra.standalone.stack import gateway_service
from infra.standalone.supervisor import Supervisor
from migrations.runner import upgrade
from shared.jobs.store import JobStore
from shared.keys.documents import KeyLimits, Scope
from shared.keys.issuing import create_key
from shared.keys.store import KeyStore
from shared.mongo import open_database
from shared.settings import MongoSettings
from tests.fixtures.ports import free_port
from tests.fixtures.stack import servers_running

MOST_SECONDS = 0.05
INTERVAL_SECONDS = 0.05
JPEG = b"\xff\xd8\xff\xe0" + bytes(64 * 1024)


async def prepare(settings: MongoSettings) -> tuple[str, str, str]:
    """The keys of a polite client and of a flooding one, and the path of the polite client's job."""
    async with open_database(settings) as database:
        await upgrade(database)
        keys, job = KeyStore(database), running_job().model_copy(update={"owner": "polite"})
        await JobStore(database).insert(job)
        _, polite = await create_key(keys, "polite", [Scope.READ, Scope.SUBMIT])
        limits = KeyLimits(requests_per_second=1)
        _, flooding = await create_key(keys, "flooding", [Scope.READ, Scope.SUBMIT], limits=limits)
        return polite, flooding, f"/v1/jobs/{job.id}"


async def poll(port: int, key: str, path: str, seconds: float) -> list[float]:
    """The seconds that each poll took."""
    headers, taken = {"Authorization": f"Bearer {key}"}, []
    async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}", headers=headers, timeout=60) as client:
        end = time.perf_counter() + seconds
        while (started := time.perf_counter()) < end:
            (await client.get(path)).raise_for_status()
            taken.append(time.perf_counter() - started)
            await asyncio.sleep(INTERVAL_SECONDS)
    return taken


async def submit(port: int, key: str) -> float:
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}", headers=headers, timeout=60) as client:
        started = time.perf_counter()
        (await client.put("/v1/jobs/polite.jpg", content=JPEG)).raise_for_status()
        return time.perf_counter() - started


async def flood(port: int, key: str, connections: int, outcomes: "Queue[Counter[str]]") -> None:
    """Request after request on each connection, whatever is answered. Runs until the process is ended."""
    request = f"GET /v1/jobs HTTP/1.1\r\nHost: {LOOPBACK}\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
    statuses: Counter[str] = Counter()

    async def repeat() -> None:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        while True:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]))
            statuses[head[9:12].decode()] += 1

    async def report() -> None:
        while True:
            await asyncio.sleep(1)
            outcomes.put(statuses.copy())
            statuses.clear()

    await asyncio.gather(report(), *(repeat() for _ in range(connections)))


async def trickle(port: int, key: str, connections: int, outcomes: "Queue[Counter[str]]") -> None:
    """Uploads of a megabyte each at a kilobyte per second. Runs until the process is ended."""
    head = f"Host: {LOOPBACK}\r\nAuthorization: Bearer {key}\r\nContent-Length: {1 << 20}\r\n\r\n"

    async def upload(number: int) -> None:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
        writer.write(f"PUT /v1/jobs/slow-{number}.jpg HTTP/1.1\r\n{head}".encode() + JPEG[:8192])
        while True:
            await asyncio.sleep(1)
            writer.write(bytes(1024))
            await writer.drain()

    async def report() -> None:
        await asyncio.sleep(3)
        outcomes.put(Counter(open=connections))

    await asyncio.gather(report(), *map(upload, range(connections)))


def _run(work: str, *arguments: object) -> None:
    uvloop.run({"flood": flood, "trickle": trickle}[work](*arguments))  # type: ignore[arg-type]


@contextmanager
def beside(work: str, port: int, key: str, connections: int) -> Iterator["Queue[Counter[str]]"]:
    """Another process does it meanwhile. Begins once it is under way."""
    context = multiprocessing.get_context("spawn")
    outcomes: Queue[Counter[str]] = context.Queue()
    process = context.Process(target=_run, args=(work, port, key, connections, outcomes), daemon=True)
    process.start()
    try:
        outcomes.get(timeout=60)
        yield outcomes
    finally:
        process.terminate()
        process.join()


def drained(outcomes: "Queue[Counter[str]]") -> Counter[str]:
    total: Counter[str] = Counter()
    while not outcomes.empty():
        total += outcomes.get()
    return total


def p95(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=20)[-1]


def show(name: str, taken: list[float]) -> None:
    print(
        f"{name}: {len(taken)} polls, median {statistics.median(taken) * 1000:.1f} ms, p95 {p95(taken) * 1000:.1f} ms"
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flood", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--connections", type=int, default=32, help="of the flood")
    parser.add_argument("--uploads", type=int, default=200, help="slow ones")
    arguments = parser.parse_args()
    seconds = arguments.seconds
    with tempfile.TemporaryDirectory() as scratch, servers_running(Path(scratch, "servers")) as environment:
        polite, flooding, path = uvloop.run(
            prepare(MongoSettings.model_validate({"url": environment["PHOTOCHROM_MONGO__URL"]}))
        )
        folder, port = DataFolder(Path(scratch, "home")), free_port()
        settings = {**environment, "PHOTOCHROM_HOST": LOOPBACK, "PHOTOCHROM_PORT": str(port)}
        stages = [[gateway_service(LOOPBACK, port, settings)]]
        with Lifeline() as lifeline, Supervisor(stages, logs=folder.logs, lifeline=lifeline, report=print) as gateway:
            gateway.start()
            show("alone", uvloop.run(poll(port, polite, path, seconds)))
            with beside("flood", port, flooding, arguments.connections) as outcomes:
                flooded = uvloop.run(poll(port, polite, path, seconds))
                statuses = drained(outcomes)
            show("beside a flood", flooded)
            rate = ", ".join(f"{count / seconds:.0f} × {status}" for status, count in sorted(statuses.items()))
            print(f"the flood got, per second: {rate}")
            with beside("trickle", port, flooding, arguments.uploads):
                trickled = uvloop.run(poll(port, polite, path, seconds))
                submitted = uvloop.run(submit(port, polite))
            show("beside slow uploads", trickled)
    return conclude(
        [
            Row.at_most(
                f"p95 of a polite client's poll, while a key floods {arguments.connections} connections",
                p95(flooded) * 1000,
                MOST_SECONDS * 1000,
                "ms",
            ),
            Row.at_most(
                f"p95 of a polite client's poll, beside {arguments.uploads} slow uploads",
                p95(trickled) * 1000,
                MOST_SECONDS * 1000,
                "ms",
            ),
            Row("a picture is accepted, beside as many slow uploads", "", f"{submitted * 1000:.0f} ms", None),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
