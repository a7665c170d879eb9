"""A real disk that fills up under a real stack: it refuses what it cannot store, and goes on when there is room."""

import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import httpx
import pytest
from photochrom import Client, Job, ServiceFull

from tests.faults.archives import Entry as Photograph
from tests.faults.archives import Submission, archive
from tests.fixtures.disk import filled, small_disk
from tests.fixtures.stack import RunningStack, stack_running, wait_until
from tests.zoo.pictures import picture

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(600)]

MiB = 1 << 20
DISK, RESERVE = 300 * MiB, 100 * MiB
PHOTOGRAPHS = 60
SERVERS = ("redis", "mongo", "bucket", "gateway")
ENVIRONMENT = {
    "PHOTOCHROM_STORAGE__RESERVE_BYTES": str(RESERVE),
    "PHOTOCHROM_WORKER__COLORIZER": "tests.zoo.slow:load",
    "PHOTOCHROM_WORKER__MINIBATCH": "1",
    "PHOTOCHROM_DISPATCH__CHUNK_ITEMS": "8",
    "PHOTOCHROM_LEASE__SECONDS": "3",
    "PHOTOCHROM_LEASE__RENEW_SECONDS": "1",
    "PHOTOCHROM_RECONCILE__INTERVAL_SECONDS": "0.5",
    "PHOTOCHROM_RECONCILE__RESEND_SECONDS": "2",
}


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with small_disk(tmp_path_factory.mktemp("disk") / "small", DISK) as folder:
        yield folder


@pytest.fixture(scope="module")
def stack(disk: Path, real_servers: None) -> Iterator[RunningStack]:
    with stack_running(disk / "home", **ENVIRONMENT) as stack:
        yield stack


@pytest.fixture
def client(stack: RunningStack) -> Iterator[Client]:
    with Client(stack.url) as client:
        yield client


def photographs() -> Submission:
    return archive(*(Photograph(f"{number:03}.jpg", picture(number)) for number in range(PHOTOGRAPHS)))


def begun(client: Client) -> Job:
    job = client.submit(BytesIO(photographs().body), filename="scans.zip")
    wait_until(lambda: client.job(job).counts.succeeded >= 4, 60)
    return job


def test_below_the_reserve_everything_waits_and_goes_on_by_itself(
    stack: RunningStack, client: Client, disk: Path, tmp_path: Path
) -> None:
    before = {name: process.pid for name, process in stack.processes.items()}
    job = begun(client)

    with filled(disk, leaving=RESERVE - MiB):
        time.sleep(3)  # Those results that were granted room before.
        finished = client.job(job).counts.finished
        with pytest.raises(ServiceFull, match="nearly full") as refused:
            client.submit(BytesIO(picture(1)))
        upload = httpx.post(f"{stack.url}/v1/uploads", json={"filename": "scans.zip", "bytes": 100})
        command = submit_by_command(stack, tmp_path)
        time.sleep(5)  # Longer than a lease.
        assert client.job(job).counts.finished == finished < PHOTOGRAPHS

    done = client.wait(job, timeout=240)
    assert (refused.value.code, refused.value.status) == ("storage_full", 507)
    assert (upload.status_code, upload.json()["code"]) == (507, "storage_full")
    assert int(upload.headers["retry-after"]) > 0
    assert (command.returncode, command.stderr.count("nearly full")) == (3, 1)
    assert (done.state, done.counts.succeeded) == ("succeeded", PHOTOGRAPHS)
    assert sound_results(stack, done) == PHOTOGRAPHS
    assert {name: process.pid for name, process in stack.processes.items()} == before


def test_a_disk_without_a_free_byte_stops_no_server_for_good(stack: RunningStack, client: Client, disk: Path) -> None:
    job = begun(client)

    with filled(disk, leaving=0):
        time.sleep(10)

    wait_until(lambda: set(SERVERS) <= set(stack.processes), 60)
    done = client.wait(job, timeout=240)
    assert (done.state, done.counts.succeeded) == ("succeeded", PHOTOGRAPHS)
    assert sound_results(stack, done) == PHOTOGRAPHS


def submit_by_command(stack: RunningStack, folder: Path) -> "subprocess.CompletedProcess[str]":
    scan = folder / "scan.jpg"
    scan.write_bytes(picture(2))
    command, environment = [sys.executable, "-m", "photochrom", "submit", str(scan)], {"PHOTOCHROM_URL": stack.url}
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


def sound_results(stack: RunningStack, job: Job) -> int:
    """How many pictures are in results.zip, each with the right checksum."""
    content = httpx.get(f"{stack.url}/v1/jobs/{job.id}/results.zip", timeout=60).content
    with zipfile.ZipFile(BytesIO(content)) as results:
        assert results.testzip() is None
        return len(results.namelist())
