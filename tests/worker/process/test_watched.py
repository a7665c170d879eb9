"""A worker process as those who watch it see it: its heartbeat and its metrics."""

import signal
import socket
from collections.abc import Iterator

import pytest
import torch

from shared.liveness import Heartbeats
from shared.queue import Queue
from tests.fixtures.metrics import exposed
from tests.fixtures.ports import free_port
from tests.fixtures.worker import Workplace
from tests.fixtures.worker_process import START_SECONDS, StartWorker
from tests.fixtures.worker_steps import until

pytestmark = pytest.mark.anyio

PORT = "PHOTOCHROM_METRICS__PORT"


@pytest.fixture
def heartbeats(workplace: Workplace) -> Iterator[Heartbeats]:
    parts = Heartbeats(workplace.environment["PHOTOCHROM_REDIS__URL"])
    yield parts
    parts.close()


async def test_a_worker_is_alive_from_its_start_until_it_is_stopped(
    workplace: Workplace, start: StartWorker, heartbeats: Heartbeats
) -> None:
    async def alive(count: int) -> bool:
        return await heartbeats.count() == {Queue.INGEST: count, Queue.INTERACTIVE: 0, Queue.BULK: 0}

    assert await alive(0)
    worker = start("ingest")
    await until(lambda: alive(1), START_SECONDS)

    worker.popen.send_signal(signal.SIGTERM)

    assert await worker.ends(seconds=20) == 0, worker.output
    assert await alive(0)


async def test_two_workers_of_a_machine_show_their_metrics_on_ports_of_their_own(
    workplace: Workplace, start: StartWorker
) -> None:
    ports = [str(free_port()) for _ in range(2)]
    workers = [start("ingest", **{PORT: port}) for port in ports]
    for worker in workers:
        await worker.logs("worker.ready")

    for port in ports:
        assert 'photochrom_leases_lost_total{role="ingest"} 0.0' in exposed(f"http://127.0.0.1:{port}/metrics")


@pytest.mark.parametrize("role", ["ingest", "bulk"])
async def test_a_worker_whose_port_is_taken_does_not_start_and_says_why(
    workplace: Workplace, start: StartWorker, role: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        worker = start(role, **{PORT: port})

        assert await worker.ends(seconds=START_SECONDS) == 2
    assert worker.output.splitlines()[-1].startswith(
        f"metrics_port_taken: Cannot show metrics on 127.0.0.1, port {port}:"
    )
    assert "colorizer.loaded" not in worker.output


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
async def test_a_worker_without_the_gpu_that_it_was_given_does_not_start(
    workplace: Workplace, start: StartWorker
) -> None:
    worker = start("bulk", PHOTOCHROM_WORKER__DEVICE="cuda")

    assert await worker.ends(seconds=START_SECONDS) == 2
    assert worker.output.splitlines()[-1].startswith("device_unavailable: There is no device 'cuda'")
