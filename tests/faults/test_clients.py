"""Clients that disconnect, submit concurrently, or get no response: only an acknowledged submission leaves a job."""

import random
import socket
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.faults import archives
from tests.faults.archives import Submission
from tests.faults.checker import check
from tests.faults.evidence import OWNER
from tests.faults.failpoints import AFTER, BEFORE, KILL, STALL_AND_KILL, Failpoint
from tests.faults.parallel import in_parallel
from tests.faults.stage import CHUNK_ITEMS, GATEWAY, Stage
from tests.faults.stories import PATIENCE_SECONDS
from tests.fixtures.stack import wait_until

pytestmark = pytest.mark.faults

AT_ONCE = 8


@pytest.mark.parametrize("share", [0.3, 0.99])
def test_an_interrupted_upload_leaves_nothing_and_can_be_repeated(
    stage: Stage, rng: random.Random, share: float
) -> None:
    submission = archives.mixture(2 * CHUNK_ITEMS, rng)
    with half_sent(stage, submission, share):
        wait_until(lambda: uploads_of(stage, submission), PATIENCE_SECONDS)

    assert_nothing_is_left_and_it_can_be_repeated(stage, submission)


def test_an_upload_interrupted_by_a_gateway_crash_leaves_nothing_and_can_be_repeated(
    stage: Stage, rng: random.Random
) -> None:
    submission = archives.mixture(2 * CHUNK_ITEMS, rng)
    with half_sent(stage, submission, 0.99):
        wait_until(lambda: uploads_of(stage, submission), PATIENCE_SECONDS)
        stage.processes.kill(GATEWAY.name)

    assert_nothing_is_left_and_it_can_be_repeated(stage, submission)


def test_concurrent_submissions_with_one_key_create_one_job(stage: Stage, rng: random.Random) -> None:
    submission = archives.mixture(CHUNK_ITEMS, rng)

    jobs = in_parallel([partial(stage.submit, submission)] * AT_ONCE, threads=AT_ONCE)

    assert len(set(jobs)) == 1
    stage.client.wait_until_over(jobs[0], PATIENCE_SECONDS)
    check(stage, submission.tag)


@pytest.mark.parametrize("method", ["JobStore.insert", pytest.param("SubmissionStore.begin", marks=pytest.mark.slow)])
def test_concurrent_submissions_with_one_key_create_one_job_though_the_gateway_dies(
    stage: Stage, rng: random.Random, method: str
) -> None:
    submission = archives.single_photograph(rng)
    fatal = stage.arm(Failpoint("gateway", method, AFTER, KILL, tag=submission.tag))

    jobs = in_parallel([partial(stage.submit, submission, PATIENCE_SECONDS)] * AT_ONCE, threads=AT_ONCE)

    assert stage.armory.fired(fatal)
    assert len(set(jobs)) == 1
    stage.client.wait_until_over(jobs[0], PATIENCE_SECONDS)
    check(stage, submission.tag)


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(archives.single_photograph, id="picture", marks=pytest.mark.slow),
        pytest.param(archives.six_mixed, id="archive"),
    ],
)
def test_no_job_is_acknowledged_before_it_is_written(stage: Stage, rng: random.Random, made: archives.Make) -> None:
    """The gateway stalls before it inserts the job, and dies there. An acknowledgment before that would be false."""
    submission = made(rng)
    stage.arm(Failpoint("gateway", "JobStore.insert", BEFORE, STALL_AND_KILL, tag=submission.tag))

    promised = stage.client.send(submission)

    assert promised is None
    job = stage.submit(submission)
    stage.client.wait_until_over(job, PATIENCE_SECONDS)
    check(stage, submission.tag)


def assert_nothing_is_left_and_it_can_be_repeated(stage: Stage, submission: Submission) -> None:
    wait_until(lambda: not uploads_of(stage, submission), PATIENCE_SECONDS)
    assert all(stage.objects(job) == {} for job in jobs_begun_for(stage, submission))
    job = stage.submit(submission)
    stage.client.wait_until_over(job, PATIENCE_SECONDS)
    check(stage, submission.tag)


def half_sent(stage: Stage, submission: Submission, share: float) -> socket.socket:
    """A connection over which this share of the request's body was sent."""
    address = urlsplit(str(stage.client.http.base_url))
    connection = socket.create_connection((address.hostname, address.port), timeout=10)
    head = (
        f"POST /v1/jobs?filename={submission.filename} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Idempotency-Key: {submission.tag}\r\nContent-Length: {len(submission.body)}\r\n\r\n"
    )
    connection.sendall(head.encode() + submission.body[: int(share * len(submission.body))])
    return connection


def uploads_of(stage: Stage, submission: Submission) -> int:
    return int(stage.mongo["uploads"].count_documents({"owner": OWNER, "idempotency_key": submission.tag}))


def jobs_begun_for(stage: Stage, submission: Submission) -> list[str]:
    """The ids under which bytes were stored, whether or not a job was inserted."""
    noted: list[Path] = [path for path in (stage.folder / "tags").iterdir() if path.read_text() == submission.tag]
    return [path.name for path in noted]
