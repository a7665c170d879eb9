"""None, two, or one that comes late: the reconciler is needed for what went wrong, and for nothing else."""

import random
from dataclasses import replace
from functools import partial

import pytest

from tests.faults import archives
from tests.faults.archives import Submission
from tests.faults.checker import check
from tests.faults.failpoints import AFTER, BEFORE, KILL, STALL, STOP, Failpoint
from tests.faults.lanes import in_lanes
from tests.faults.stage import CHUNK_ITEMS, LEASE_SECONDS, RECONCILER, Stage
from tests.faults.stories import PATIENCE_SECONDS
from tests.faults.trace import END
from tests.fixtures.stack import wait_until

pytestmark = pytest.mark.faults


def test_without_a_reconciler_messages_alone_carry_a_job_to_its_end(stage: Stage, rng: random.Random) -> None:
    """More chunks than the window has, and a gateway that takes its time between its writes."""
    submissions = [archives.mixture(10 * CHUNK_ITEMS, rng), archives.single_photograph(rng)]
    for submission in submissions:
        stage.arm(Failpoint("gateway", "JobStore.insert", BEFORE, STALL, tag=submission.tag))
    with stage.without(RECONCILER.name):
        for job in in_lanes([partial(stage.submit, submission) for submission in submissions]):
            stage.visitor.until_over(job, PATIENCE_SECONDS)

        for submission in submissions:
            check(stage, submission.tag)


def test_a_reconciler_that_comes_late_carries_on_all_that_was_left_lying(stage: Stage, rng: random.Random) -> None:
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
            stage.visitor.send(submissions[-1])
            stage.processes.until_replaced(process, stage.until_fired(fatal))
        # Who was not told in time finds its job under its key.
        jobs = [stage.submit(submission) for submission in submissions]
        assert not any(stage.visitor.is_over(job) for job in jobs)

    for job in jobs:
        stage.visitor.until_over(job, PATIENCE_SECONDS)
    for submission in submissions:
        check(stage, submission.tag)


@pytest.mark.slow
def test_two_reconcilers_count_a_lost_lease_once(stage: Stage, rng: random.Random) -> None:
    submission = archives.photographs(CHUNK_ITEMS, rng)
    stage.arm(Failpoint("ingest", "Expansions.claim_expansion", AFTER, KILL, tag=submission.tag))
    stage.arm(Failpoint("bulk", "ChunkLeases.record", AFTER, KILL, nth=2, tag=submission.tag))
    with stage.beside(replace(RECONCILER, name="reconciler-2"), replace(RECONCILER, name="reconciler-3")):
        job = stage.submit(submission)
        stage.visitor.until_over(job, PATIENCE_SECONDS)
        check(stage, submission.tag)
    documents = stage.documents(job)
    # Whoever was granted a lease after the first one took the place of one that ran out.
    assert documents["jobs"][0]["expiries"] == leases_granted(stage, job, "Expansions.claim_expansion") - 1
    assert documents["chunks"][0]["expiries"] == leases_granted(stage, job, "ChunkLeases.claim") - 1


@pytest.mark.slow
def test_a_reconciler_that_freezes_in_a_deletion_takes_nothing_with_it_when_it_goes_on(
    stage: Stage, rng: random.Random
) -> None:
    submission = archives.mixture(CHUNK_ITEMS, rng)
    job = stage.submit(submission)
    stage.visitor.until_over(job, PATIENCE_SECONDS)
    with stage.beside(replace(RECONCILER, name="reconciler-2")):
        stopped = stage.arm(Failpoint("reconciler", "S3Storage.delete_some", BEFORE, STOP, tag=submission.tag))
        stage.visitor.delete(job)
        frozen = stage.until_fired(stopped)
        stage.visitor.until_gone(job, PATIENCE_SECONDS + LEASE_SECONDS)

        stage.processes.thaw(frozen)

        wait_until(lambda: stage.is_at_work(frozen), PATIENCE_SECONDS)
        check(stage, submission.tag)


def leases_granted(stage: Stage, job: str, claim: str) -> int:
    return sum(bool(call.answer) for call in stage.trace.of(job) if (call.method, call.phase) == (claim, END))
