"""Cancel, retry, delete and the end of a job race each other: one of them is first, and that holds."""

import random
from functools import partial

import pytest

from tests.faults import archives
from tests.faults.checker import check
from tests.faults.failpoints import BEFORE, HOLD, Failpoint
from tests.faults.lanes import in_lanes
from tests.faults.stage import BULK, CHUNK_ITEMS, RECONCILER, Stage
from tests.faults.stories import PATIENCE_SECONDS
from tests.faults.trace import END
from tests.fixtures.stack import wait_until

pytestmark = pytest.mark.faults

ROUNDS = 12


def test_a_job_that_is_canceled_while_it_is_being_settled_stays_canceled(stage: Stage, rng: random.Random) -> None:
    submission = archives.photographs(CHUNK_ITEMS, rng)
    at_the_end = Failpoint(BULK.name, "JobStore.settle", BEFORE, HOLD, tag=submission.tag)
    # A reconciler would settle what the worker does not.
    with stage.without(RECONCILER.name), stage.held(at_the_end) as settling:
        job = stage.submit(submission)
        worker = stage.until_fired(settling)
        stage.visitor.cancel(job)
        assert stage.visitor.until_over(job, PATIENCE_SECONDS)["state"] == "canceled"
    answers = partial(answers_to, stage, job, worker, "JobStore.settle")
    wait_until(answers, PATIENCE_SECONDS)

    check(stage, submission.tag)
    assert answers() == [False]
    assert stage.visitor.job(job)["state"] == "canceled"


def test_a_job_that_ends_while_it_is_being_canceled_stays_as_it_ended(stage: Stage, rng: random.Random) -> None:
    submission = archives.photographs(CHUNK_ITEMS, rng)
    with stage.held(Failpoint("gateway", "JobStore.cancel", BEFORE, HOLD, tag=submission.tag)) as canceling:
        with (
            stage.without(RECONCILER.name),
            stage.held(Failpoint(BULK.name, "JobStore.settle", BEFORE, HOLD, tag=submission.tag)) as settling,
        ):
            job = stage.submit(submission)
            stage.until_fired(settling)
            cancel = stage.in_background(partial(stage.visitor.cancel, job))
            stage.until_fired(canceling)
        assert stage.visitor.until_over(job, PATIENCE_SECONDS)["state"] == "succeeded"
    cancel.result()

    assert stage.visitor.job(job)["state"] == "succeeded"
    check(stage, submission.tag)


def test_a_claim_is_overtaken_by_no_cancel(stage: Stage, rng: random.Random) -> None:
    """Between the claim and the look at the job, the job is canceled: nothing of the chunk is begun."""
    submission = archives.photographs(2 * CHUNK_ITEMS, rng)
    with stage.held(Failpoint(BULK.name, "JobStore.get", BEFORE, HOLD, tag=submission.tag)) as claiming:
        job = stage.submit(submission)
        stage.until_fired(claiming)
        stage.visitor.cancel(job)
    stage.visitor.until_over(job, PATIENCE_SECONDS)

    check(stage, submission.tag)


def test_retries_and_cancels_at_once_leave_a_job_that_can_be_finished(stage: Stage, rng: random.Random) -> None:
    submission = archives.mixture(3 * CHUNK_ITEMS, rng)
    job = stage.submit(submission)

    in_lanes([partial(rng.choice([stage.visitor.cancel, stage.visitor.retry]), job) for _ in range(ROUNDS)])
    stage.visitor.until_over(job, PATIENCE_SECONDS)
    check(stage, submission.tag)

    stage.watcher.watch(job)
    stage.visitor.retry(job)
    assert stage.visitor.until_over(job, PATIENCE_SECONDS)["state"] == "partially_succeeded"
    check(stage, submission.tag)


def test_of_a_job_that_is_deleted_among_retries_and_cancels_nothing_is_left(stage: Stage, rng: random.Random) -> None:
    submission = archives.mixture(3 * CHUNK_ITEMS, rng)
    job = stage.submit(submission)
    visitor = stage.visitor
    acts = [visitor.cancel, visitor.retry] * (ROUNDS // 2)
    acts.insert(ROUNDS // 2, visitor.delete)

    in_lanes([partial(act, job) for act in acts])
    visitor.until_gone(job, PATIENCE_SECONDS)

    check(stage, submission.tag)


def answers_to(stage: Stage, job: str, pid: int, method: str) -> list[object]:
    return [call.answer for call in stage.trace.of(job) if (call.pid, call.method, call.phase) == (pid, method, END)]
