"""A crash in the middle of a job costs time, never an item: the results equal those of an undisturbed run."""

from collections.abc import Callable
from pathlib import Path

import pytest
from photochrom import Client, Job
from redis import Redis

from benchmarks.archives import Entry
from tests.fixtures.stack import RunningStack, wait_until

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

Fingerprint = list[tuple[str, str, str | None]]


@pytest.fixture(scope="module")
def undisturbed(fragile_client: Client, archive: tuple[Path, list[Entry]]) -> Fingerprint:
    job = fragile_client.wait(fragile_client.submit(archive[0]), timeout=240)
    return fingerprint(fragile_client, job)


def test_a_killed_worker_loses_nothing_and_repeats_nothing(
    fragile_stack: RunningStack, fragile_client: Client, archive: tuple[Path, list[Entry]], undisturbed: Fingerprint
) -> None:
    job = submit_and_disturb(fragile_client, archive[0], lambda: fragile_stack.kill("worker-bulk"))

    assert fingerprint(fragile_client, job) == undisturbed
    assert job.counts.finished == len(archive[1])


def test_a_flushed_queue_loses_nothing(
    fragile_stack: RunningStack, fragile_client: Client, archive: tuple[Path, list[Entry]], undisturbed: Fingerprint
) -> None:
    redis = Redis.from_url(fragile_stack.environment["PHOTOCHROM_REDIS__URL"])

    job = submit_and_disturb(fragile_client, archive[0], redis.flushall)

    redis.close()
    assert fingerprint(fragile_client, job) == undisturbed


def test_killed_reconcilers_and_ingest_workers_are_restarted(
    fragile_stack: RunningStack, fragile_client: Client, archive: tuple[Path, list[Entry]], undisturbed: Fingerprint
) -> None:
    fragile_stack.kill("worker-ingest")
    fragile_stack.kill("reconciler")

    job = fragile_client.wait(fragile_client.submit(archive[0]), timeout=240)

    assert fingerprint(fragile_client, job) == undisturbed


def submit_and_disturb(client: Client, archive: Path, disturb: Callable[[], object]) -> Job:
    job = client.submit(archive)
    wait_until(lambda: client.job(job).counts.succeeded >= 8, 60)
    assert not client.job(job).is_terminal
    disturb()
    return client.wait(job, timeout=240)


def fingerprint(client: Client, job: Job) -> Fingerprint:
    """Every item with its state, and the hash of its result."""
    return [(item.name, item.state, item.result.sha256 if item.result else None) for item in client.items(job)]
