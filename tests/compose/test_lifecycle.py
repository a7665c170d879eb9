"""The service in real containers: a job, more workers, a killed one, everything taken down and up again."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from photochrom import Client, Job

from benchmarks.archives import Entry
from tests.compose.deployment import Deployment
from tests.compose.running import client_of, containers, up
from tests.fixtures.stack import wait_until

pytestmark = [pytest.mark.compose, pytest.mark.slow, pytest.mark.timeout(1800)]

JOB_SECONDS = 600.0
Fingerprint = list[tuple[str, str, str | None]]
Archive = tuple[Path, list[Entry]]


@pytest.fixture(scope="module")
def client(deployment: Deployment, key: str) -> Iterator[Client]:
    up(deployment)
    with client_of(deployment, key) as client:
        yield client


@pytest.fixture(scope="module")
def undisturbed(client: Client, archive: Archive) -> Job:
    """A job that nothing has disturbed. Another one with the same archive has the same results."""
    return client.wait(client.submit(archive[0]), timeout=JOB_SECONDS)


def test_an_archive_becomes_a_zip_of_results(client: Client, undisturbed: Job, archive: Archive, tmp_path: Path):
    expected = {entry.name: entry.state for entry in archive[1]}

    assert {item.name: item.state for item in client.items(undisturbed)} == expected
    download = client.download(undisturbed, tmp_path)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) >= undisturbed.counts.succeeded, download


def test_a_backup_is_made_while_the_service_runs(
    deployment: Deployment, client: Client, undisturbed: Job, tmp_path: Path
):
    tmp_path.chmod(0o777)

    # Without the servers it depends on: podman would replace them, as if they had changed.
    command = ("run", "--rm", "-T", "--no-deps", f"--volume={tmp_path}:/backups", "admin", "backup", "/backups/today")
    summary = deployment.compose(*command)

    assert summary.startswith("1 jobs; ")
    assert len([path for path in (tmp_path / "today").rglob("*") if path.is_file()]) > undisturbed.counts.succeeded


def test_of_three_workers_one_may_die(deployment: Deployment, client: Client, undisturbed: Job, archive: Archive):
    # podman names images differently than Docker, so that compose would replace every container, as if it had changed.
    deployment.compose("up", "--detach", "--no-build", "--no-recreate", "--scale", "worker-bulk=3")
    workers = containers(deployment, "worker-bulk")
    assert len(workers) == 3
    for worker in workers:
        wait_until(lambda worker=worker: "worker.ready" in worker.logs(), 240)

    job = client.submit(archive[0])
    wait_until(lambda: client.job(job).counts.succeeded >= 8, JOB_SECONDS)
    victim = next(worker for worker in workers if "chunk.claimed" in worker.logs())
    pid = int(victim.facts["State"]["Pid"])
    os.kill(pid, signal.SIGKILL)

    ended = client.wait(job, timeout=JOB_SECONDS)
    assert fingerprint(client, ended) == fingerprint(client, undisturbed)
    assert sum("chunk.claimed" in worker.logs() and str(ended.id) in worker.logs() for worker in workers) > 1
    wait_until(lambda: victim.current_pid() not in (0, pid), 60)  # It was started again.


def test_taken_down_in_the_middle_of_a_job_and_up_again_nothing_is_lost(
    deployment: Deployment, client: Client, undisturbed: Job, archive: Archive, key: str
):
    job = client.submit(archive[0])
    wait_until(lambda: client.job(job).counts.succeeded >= 1, JOB_SECONDS)
    assert not client.job(job).is_terminal

    deployment.compose("down")
    assert containers(deployment) == []
    up(deployment)

    with client_of(deployment, key) as after:
        ended = after.wait(job, timeout=JOB_SECONDS)
        assert fingerprint(after, ended) == fingerprint(after, undisturbed)


def fingerprint(client: Client, job: Job) -> Fingerprint:
    """Every item with its state, and the hash of its result."""
    return [(item.name, item.state, item.result.sha256 if item.result else None) for item in client.items(job)]
