"""A retry runs what is unfinished and keeps the results of the first run. A delete removes all traces of a job."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import anyio
import httpx
import pytest
from photochrom import Client, Conflict, Job, JobDeleted, NotFound
from photochrom.responses import Document

from benchmarks.stacks import wait_for_pictures
from shared.mongo import open_database
from shared.settings import MongoSettings
from shared.storage.keys import job_prefix
from shared.storage.s3 import S3Storage
from tests.fixtures.stack import RunningStack, storage_settings_of
from tests.zoo.pictures import picture, scans

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

GONE_SECONDS = 60.0


@pytest.fixture(scope="module")
def stack(fragile_stack: RunningStack) -> RunningStack:
    return fragile_stack


@pytest.fixture(scope="module")
def client(fragile_client: Client) -> Client:
    return fragile_client


def with_a_bad_one(content: bytes) -> bytes:
    """The same archive with a truncated picture at its end."""
    archive = io.BytesIO(content)
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr("bad.jpg", picture(99)[:600])
    return archive.getvalue()


def zip_etag(stack: RunningStack, job: Job) -> str:
    return httpx.head(f"{stack.url}/v1/jobs/{job.id}/results.zip").headers["etag"]


def successes(client: Client, job: Job) -> dict[int, Document]:
    """The complete records, including timings: colorizing a picture again would change its record."""
    return {item.index: item.raw for item in client.items(job, "succeeded")}


def traces(stack: RunningStack, job: Job) -> list[str]:
    """All objects and documents of a job."""
    return anyio.run(_traces, stack.environment, job.id)


async def _traces(environment: dict[str, str], job_id: str) -> list[str]:
    storage = S3Storage(storage_settings_of(environment))
    left = [each.key async for each in storage.list_prefix(job_prefix(job_id))]
    storage.close()
    async with open_database(MongoSettings.model_validate({"url": environment["PHOTOCHROM_MONGO__URL"]})) as database:
        for name in ("jobs", "chunks", "uploads"):
            criteria = {"$or": [{"_id": job_id}, {"job": job_id}]}
            left += [f"{name}/{document['_id']}" async for document in database[name].find(criteria)]
    return left


def command(stack: RunningStack, *words: str) -> "subprocess.CompletedProcess[str]":
    typed = [sys.executable, "-m", "photochrom", *words, "--url", stack.url]
    return subprocess.run(typed, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


def test_retrying_a_canceled_job_finishes_it_and_keeps_its_results(
    stack: RunningStack, client: Client, tmp_path: Path
) -> None:
    job = client.submit(scans(48), filename="scans.zip")
    wait_for_pictures(client, job, 12)
    client.cancel(job)
    canceled = client.wait(job, timeout=60)
    kept, tag = successes(client, job), zip_etag(stack, job)
    assert canceled.state == "canceled"
    assert 12 <= len(kept) < 48
    client.download(job, tmp_path)

    again = client.wait(client.retry(job), timeout=120)

    assert (again.state, again.run, again.counts.succeeded) == ("succeeded", 2, 48)
    finished = successes(client, job)
    assert {index: finished[index] for index in kept} == kept
    assert zip_etag(stack, job) != tag
    rows = [json.loads(line) for line in b"".join(client.report(job)).splitlines()]
    assert [(row["index"], row["state"]) for row in rows] == [(index, "succeeded") for index in range(48)]
    done = client.download(job, tmp_path)
    assert (done.written, done.kept, done.left_out) == (48 - len(kept), len(kept), ())
    with pytest.raises(Conflict, match="Every picture of the job succeeded"):
        client.retry(job)


def test_an_unreadable_picture_fails_again_and_the_others_are_kept(
    stack: RunningStack, client: Client, tmp_path: Path
) -> None:
    job = client.wait(client.submit(with_a_bad_one(scans(10))), timeout=60)
    kept = successes(client, job)
    assert (job.state, len(kept)) == ("partially_succeeded", 10)

    ran = command(stack, "retry", job.id, "--output", str(tmp_path))

    again = client.job(job)
    assert (ran.returncode, again.state, again.run) == (1, "partially_succeeded", 2), ran.stderr
    assert "bad.jpg  corrupt_image" in ran.stdout
    assert successes(client, job) == kept
    assert len(list(tmp_path.iterdir())) == 10


def test_a_single_picture_can_be_retried(client: Client) -> None:
    job = client.wait(client.submit(picture(1)[:600]), timeout=60)
    assert job.state == "failed"

    again = client.wait(client.retry(job), timeout=60)

    assert (again.state, again.run, again.counts.failed) == ("failed", 2, 1)


def test_deleting_a_job_removes_all_its_traces_and_nothing_else(stack: RunningStack, client: Client) -> None:
    job, other = client.submit(scans(10)), client.submit(picture(2))
    client.wait(job, timeout=60)
    client.wait(other, timeout=60)
    assert len(traces(stack, job)) == 1 + 3 * 10 + 1 + 2  # A result and two previews of each picture.

    ran = command(stack, "delete", job.id, "--yes", "--wait")

    assert ran.returncode == 0, ran.stderr
    assert traces(stack, job) == []
    with pytest.raises(NotFound):
        client.job(job)
    assert client.result(other)


def test_deleting_a_running_job_stops_it(stack: RunningStack, client: Client) -> None:
    job = client.submit(scans(200))
    wait_for_pictures(client, job, 8)

    assert client.delete(job).state == "deleting"

    with pytest.raises(JobDeleted):
        client.wait(job, timeout=10)
    with pytest.raises(JobDeleted):
        list(client.items(job))
    client.wait_until_gone(job, timeout=GONE_SECONDS)
    assert traces(stack, job) == []
    # Its workers take other jobs and store nothing more for this one.
    assert client.wait(client.submit(scans(8)), timeout=60).state == "succeeded"
    assert traces(stack, job) == []
