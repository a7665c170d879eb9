"""No reconciler, several, a late or a frozen one: it recovers from failures, and nothing else depends on it."""

import random
from dataclasses import replace
from functools import partial

import pytest

from tests.faults import archives
from tests.faults.archives import Submission
from tests.faults.checker import check
from tests.faults.failpoints import AFTER, BEFORE, KILL, STALL, STOP, Failpoint
from tests.faults.parallel import in_parallel
from tests.faults.stage import CHUNK_ITEMS, LEASE_SECONDS, RECONCILER, Stage
from tests.faults.stories import PATIENCE_SECONDS
from tests.faults.trace import END
from tests.fixtures.stack import wait_until

pytestmark = pytest.mark.faults


def test_without_failures_jobs_end_without_a_reconciler(stage: Stage, rng: random.Random) -> None:
    """With more chunks than the dispatch window, and a gateway that stalls between its writes."""
    submissions = [archives.mixture(10 * CHUNK_ITEMS, rng), archives.single_photograph(rng)]
    for submission in submissions:
        stage.arm(Failpoint("gateway", "JobStore.insert", BEFORE, STALL, tag=submission.tag))
    with stage.without(RECONCILER.name):
        for job in in_parallel([partial(stage.submit, submission) for submission in submissions]):
            stage.client.wait_until_over(job, PATIENCE_SECONDS)

        for submission in submissions:
            check(stage, submission.tag)


def test_a_late_reconciler_resumes_all_stuck_jobs(stage: Stage, rng: random.Random) -> None:
    left_lying = {
        "never sent": ("gateway", "JobStore.insert", AFTER),
        "never expanded": ("ingest", "Expansions.claim_expansion", AFTER),
        "sealed, never sent": ("ingest", "Expansions.seal", AFTER),
        "claimed": ("bulk", "ChunkLeases.claim", AFTER),
        "never settled": ("bulk", "JobStore.settle", BEFORE),
    }
    submissions: list[Submission] = []
    with stage.without(RECONCILER.name):
        for process, method, when in left_lying.values():
            submissions.append(archives.mixture(CHUNK_ITEMS, rng))
            fatal = stage.arm(Failpoint(process, method, when, KILL, tag=submissions[-1].tag))
            stage.client.send(submissions[-1])
            stage.processes.wait_until_replaced(process, stage.wait_until_fired(fatal))
        # A client that got no response finds its job by its idempotency key.
        jobs = [stage.submit(submission) for submission in submissions]
        assert not any(stage.client.is_over(job) for job in jobs)

    for job in jobs:
        stage.client.wait_until_over(job, PATIENCE_SECONDS)
    for submission in submissions:
        check(stage, submission.tag)


@pytest.mark.slow
def test_several_reconcilers_count_an_expired_lease_once(stage: Stage, rng: random.Random) -> None:
    submission = archives.photographs(CHUNK_ITEMS, rng)
    stage.arm(Failpoint("ingest", "Expansions.claim_expansion", AFTER, KILL, tag=submission.tag))
    stage.arm(Failpoint("bulk", "ChunkLeases.record", AFTER, KILL, nth=2, tag=submission.tag))
    with stage.beside(replace(RECONCILER, name="reconciler-2"), replace(RECONCILER, name="reconciler-3")):
        job = stage.submit(submission)
        stage.client.wait_until_over(job, PATIENCE_SECONDS)
        check(stage, submission.tag)
    documents = stage.documents(job)
    # Each lease after the first one replaced an expired one.
    assert documents["jobs"][0]["expiries"] == leases_granted(stage, job, "Expansions.claim_expansion") - 1
    assert documents["chunks"][0]["expiries"] == leases_granted(stage, job, "ChunkLeases.claim") - 1


@pytest.mark.slow
def test_a_reconciler_frozen_during_a_deletion_does_no_harm_when_it_resumes(stage: Stage, rng: random.Random) -> None:
    submission = archives.mixture(CHUNK_ITEMS, rng)
    job = stage.submit(submission)
    stage.client.wait_until_over(job, PATIENCE_SECONDS)
    with stage.beside(replace(RECONCILER, name="reconciler-2")):
        stopped = stage.arm(Failpoint("reconciler", "S3Storage.delete_some", BEFORE, STOP, tag=submission.tag))
        stage.client.delete(job)
        frozen = stage.wait_until_fired(stopped)
        stage.client.wait_until_gone(job, PATIENCE_SECONDS + LEASE_SECONDS)

        stage.processes.thaw(frozen)

        wait_until(lambda: stage.is_active(frozen), PATIENCE_SECONDS)
        check(stage, submission.tag)


def leases_granted(stage: Stage, job: str, claim: str) -> int:
    return sum(bool(call.answer) for call in stage.trace.of(job) if (call.method, call.phase) == (claim, END))
