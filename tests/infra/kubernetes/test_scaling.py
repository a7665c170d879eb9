"""Real workers, started and stopped by what a real Prometheus answers to the queries of the ScaledObjects."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from photochrom import Client, Job

from tests.fixtures.prometheus import Prometheus, prometheus_running
from tests.fixtures.stack import wait_until
from tests.fixtures.unstaffed import UnstaffedStack, unstaffed_stack
from tests.infra.kubernetes.autoscaler import Autoscaler, step_until, value
from tests.infra.kubernetes.rendering import named
from tests.zoo.pictures import scans

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]

PICTURES = 40
WORKERS = 2


@pytest.fixture
def stack(tmp_path: Path, real_servers: None) -> Iterator[UnstaffedStack]:
    settings = {
        "PHOTOCHROM_METRICS__PORT": "0",
        "PHOTOCHROM_RECONCILE__SURVEY_SECONDS": "0.5",
        # Two chunks, so that two workers have one each and nothing is left on the queue.
        "PHOTOCHROM_DISPATCH__CHUNK_ITEMS": str(PICTURES // 2),
        "PHOTOCHROM_CONCURRENCY": "1",
        "PHOTOCHROM_WORKER__COLORIZER": "tests.zoo.steady:load",
        "PHOTOCHROM_WORKER__DEVICE": "cpu",
        "PHOTOCHROM_WORKER__DECODERS": "1",
        "PHOTOCHROM_WORKER__MINIBATCH": "1",
    }
    with unstaffed_stack(tmp_path / "home", **settings) as stack:
        yield stack


@pytest.fixture
def prometheus(stack: UnstaffedStack, tmp_path: Path) -> Iterator[Prometheus]:
    listening = re.search(r"http://([\d.:]+)/metrics", stack.logs("reconciler"))
    assert listening
    configuration = {
        "global": {"scrape_interval": "1s"},
        "scrape_configs": [{"job_name": "reconciler", "static_configs": [{"targets": [listening[1]]}]}],
    }
    with prometheus_running(tmp_path, configuration) as prometheus:
        yield prometheus


def scaler(stack: UnstaffedStack, prometheus: Prometheus, role: str, most: int) -> Autoscaler:
    return Autoscaler(stack, prometheus, role, named("cpu", "ScaledObject", f"worker-{role}")["spec"], most)


def submitted(client: Client, tmp_path: Path, pictures: int) -> Job:
    path = tmp_path / "scans.zip"
    path.write_bytes(scans(pictures))
    return client.submit(path)


def test_workers_follow_the_work_from_zero_to_zero_and_are_not_stopped_while_they_work(
    stack: UnstaffedStack, prometheus: Prometheus, tmp_path: Path
) -> None:
    ingest, bulk = scaler(stack, prometheus, "ingest", 1), scaler(stack, prometheus, "bulk", WORKERS)
    both = [ingest, bulk]
    wait_until(lambda: [each.value() for each in both] == [0, 0], 60)
    assert [each.desired() for each in both] == [0, 0]

    with Client(stack.url) as client:
        job = submitted(client, tmp_path, PICTURES)
        step_until(both, lambda: len(bulk.workers) == WORKERS)  # Up, from zero.

        # The queue is empty, and both are busy: they stay.
        queue = 'max(photochrom_queue_messages{role="bulk"} + photochrom_pending{role="bulk"})'
        step_until(both, lambda: (value(prometheus, queue), bulk.value()) == (0, WORKERS))
        assert bulk.desired() == len(bulk.workers) == WORKERS
        step_until(both, lambda: client.job(job).state == "succeeded")

        step_until(both, lambda: not ingest.workers and not bulk.workers)  # To zero.
        logs = "".join(stack.logs(f"bulk-{number}") for number in range(1, bulk.started + 1))
        assert logs.count("chunk.done") == 2
        assert "chunk.handed_back" not in logs

        job = submitted(client, tmp_path, 1)
        step_until(both, lambda: client.job(job).state == "succeeded")  # And up again.

    # Nobody counts any more: that is no reason to stop anything.
    stack.supervisor.children["reconciler"].kill()
    wait_until(lambda: bulk.value() is None, 30)
    assert bulk.desired() == max(len(bulk.workers), 2)
    for each in both:
        each.scale(0)
