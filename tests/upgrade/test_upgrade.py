"""The data folder of an earlier version, whose stack was killed in the middle of its work, goes on."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from photochrom import Client, Job, JobDeleted, NotFound, Refused

from shared.schema import REQUIRED_REVISION
from tests.fixtures.stack import RunningStack, stack_running, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

HOMES = sorted(Path(__file__).parent.glob("home-*.zip"))
SETTINGS = {
    "PHOTOCHROM_WORKER__COLORIZER": "tests.zoo.stub:load",
    "PHOTOCHROM_RECONCILE__RESEND_SECONDS": "1",
    "PHOTOCHROM_LEASE__GRACE_SECONDS": "3",
}


@pytest.fixture(scope="module", params=HOMES, ids=lambda path: path.stem)
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, real_servers: None
) -> Iterator[RunningStack]:
    home = tmp_path_factory.mktemp("upgraded") / "home"
    with zipfile.ZipFile(request.param) as archive:
        archive.extractall(home)
    with stack_running(home, **SETTINGS) as stack:
        yield stack


@pytest.fixture(scope="module")
def client(stack: RunningStack) -> Iterator[Client]:
    with Client(stack.url) as client:
        yield client


@pytest.fixture(scope="module")
def jobs(client: Client) -> dict[str, Job]:
    """By the name of the source, once all have ended."""
    listed = {job.source.name: job for job in client.jobs()}
    return {name: client.wait(job, timeout=120) for name, job in listed.items() if job.is_kept}


def test_the_database_is_migrated(stack: RunningStack, jobs: dict[str, Job]) -> None:
    assert REQUIRED_REVISION in stack.logs("migrations") + stack.logs("stack")


def test_every_job_ends_as_it_would_have(jobs: dict[str, Job]) -> None:
    outcomes = {name: (job.state, job.counts.succeeded, job.counts.failed) for name, job in jobs.items()}

    assert outcomes == {
        "finished.jpg": ("succeeded", 1, 0),
        "partly.zip": ("partially_succeeded", 2, 1),
        "canceled.zip": ("canceled", outcomes["canceled.zip"][1], 0),
        "running.zip": ("succeeded", 10, 0),
        "queued.jpg": ("succeeded", 1, 0),
        "queued.zip": ("succeeded", 3, 0),
    }


def test_what_was_deleted_is_gone(client: Client, stack: RunningStack, jobs: dict[str, Job]) -> None:
    def is_gone() -> bool:
        return {job.source.name for job in client.jobs()} == jobs.keys()

    wait_until(is_gone, 60, lambda: stack.logs("reconciler"))


def test_results_of_both_versions_are_downloaded(client: Client, jobs: dict[str, Job], tmp_path: Path) -> None:
    for name in ("finished.jpg", "running.zip", "canceled.zip"):
        download = client.download(jobs[name], tmp_path / name)
        assert (download.written, download.left_out) == (jobs[name].counts.succeeded, ())


def test_what_was_finished_is_not_repeated(client: Client, jobs: dict[str, Job]) -> None:
    """The stub of the earlier version recorded another checkpoint."""
    rows = [json.loads(line) for line in b"".join(client.report(jobs["running.zip"])).splitlines()]

    assert {row["state"] for row in rows} == {"succeeded"}
    assert len({row["checkpoint"] for row in rows}) == 2


def test_fields_that_did_not_exist_have_their_defaults(jobs: dict[str, Job]) -> None:
    for job in jobs.values():
        assert (job.labels, job.deadline, job.expires_at, job.deletion) == ((), None, None, None)
        assert job.raw["checkpoint"] is None


def test_an_idempotency_key_of_then_is_still_taken(client: Client, jobs: dict[str, Job]) -> None:
    with pytest.raises(Refused, match=f"belongs to {jobs['partly.zip'].id}"):
        client.submit(client.result(jobs["finished.jpg"]), idempotency_key="before")


def test_failed_and_canceled_items_can_be_retried(client: Client, jobs: dict[str, Job]) -> None:
    canceled = client.wait(client.retry(jobs["canceled.zip"]), timeout=60)
    partly = client.wait(client.retry(jobs["partly.zip"]), timeout=60)

    assert (canceled.state, canceled.run, canceled.counts.succeeded) == ("succeeded", 2, 8)
    assert (partly.state, partly.run, partly.counts.failed) == ("partially_succeeded", 2, 1)


def test_it_takes_new_jobs(client: Client, jobs: dict[str, Job]) -> None:
    picture = client.result(jobs["finished.jpg"])

    job = client.wait(client.submit(picture, labels=["new"], keep="1d"), timeout=60)

    assert (job.state, job.labels) == ("succeeded", ("new",))
    assert [each.id for each in client.jobs(labels=["new"])] == [job.id]
    assert hashlib.sha256(client.result(job)).hexdigest() == client.item(job, 0).results[0].sha256
    client.wait_until_gone(client.delete(job), timeout=60)
    with pytest.raises((NotFound, JobDeleted)):
        client.job(job)
