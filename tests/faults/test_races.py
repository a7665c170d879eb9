"""Cancel, retry, delete and the end of a job race each other: the first one wins, and the result stands."""

import random
from functools import partial

import pytest

from tests.faults import archives
from tests.faults.checker import check
from tests.faults.failpoints import BEFORE, HOLD, Failpoint
from tests.faults.parallel import in_parallel
from tests.faults.stage import BULK, CHUNK_ITEMS, RECONCILER, Stage
from tests.faults.stories import PATIENCE_SECONDS
from tests.faults.trace import END
from tests.fixtures.stack import wait_until

pytestmark = pytest.mark.faults

ROUNDS = 12


def test_a_job_that_is_canceled_while_it_is_being_settled_stays_canceled(stage: Stage, rng: random.Random) -> None:
    submission = archives.photographs(CHUNK_ITEMS, rng)
    at_the_end = Failpoint(BULK.name, "JobStore.settle", BEFORE, HOLD, tag=submission.tag)
    # Without the reconciler, which would settle the job in place of the held worker.
    with stage.without(RECONCILER.name), stage.held(at_the_end) as settling:
        job = stage.submit(submission)
        worker = stage.wait_until_fired(settling)
        stage.client.cancel(job)
        assert stage.client.wait_until_over(job, PATIENCE_SECONDS)["state"] == "canceled"
    answers = partial(answers_to, stage, job, worker, "JobStore.settle")
    wait_until(answers, PATIENCE_SECONDS)

    check(stage, submission.tag)
    assert answers() == [False]
    assert stage.client.job(job)["state"] == "canceled"


def test_a_job_that_ends_while_it_is_being_canceled_stays_as_it_ended(stage: Stage, rng: random.Random) -> None:
    submission = archives.photographs(CHUNK_ITEMS, rng)
    with stage.held(Failpoint("gateway", "JobStore.cancel", BEFORE, HOLD, tag=submission.tag)) as canceling:
        with (
            stage.without(RECONCILER.name),
            stage.held(Failpoint(BULK.name, "JobStore.settle", BEFORE, HOLD, tag=submission.tag)) as settling,
        ):
            job = stage.submit(submission)
            stage.wait_until_fired(settling)
            cancel = stage.in_background(partial(stage.client.cancel, job))
            stage.wait_until_fired(canceling)
        assert stage.client.wait_until_over(job, PATIENCE_SECONDS)["state"] == "succeeded"
    cancel.result()

    assert stage.client.job(job)["state"] == "succeeded"
    check(stage, submission.tag)


def test_a_cancel_right_after_the_claim_stops_the_chunk(stage: Stage, rng: random.Random) -> None:
    """If the job is canceled after the claim but before the worker reads the job, the chunk is not started."""
    submission = archives.photographs(2 * CHUNK_ITEMS, rng)
    with stage.held(Failpoint(BULK.name, "JobStore.get", BEFORE, HOLD, tag=submission.tag)) as claiming:
        job = stage.submit(submission)
        stage.wait_until_fired(claiming)
        stage.client.cancel(job)
    stage.client.wait_until_over(job, PATIENCE_SECONDS)

    check(stage, submission.tag)


def test_concurrent_retries_and_cancels_leave_a_job_that_can_finish(stage: Stage, rng: random.Random) -> None:
    submission = archives.mixture(3 * CHUNK_ITEMS, rng)
    job = stage.submit(submission)

    in_parallel([partial(rng.choice([stage.client.cancel, stage.client.retry]), job) for _ in range(ROUNDS)])
    stage.client.wait_until_over(job, PATIENCE_SECONDS)
    check(stage, submission.tag)

    stage.watcher.watch(job)
    stage.client.retry(job)
    assert stage.client.wait_until_over(job, PATIENCE_SECONDS)["state"] == "partially_succeeded"
    check(stage, submission.tag)


def test_deleting_a_job_among_retries_and_cancels_leaves_nothing(stage: Stage, rng: random.Random) -> None:
    submission = archives.mixture(3 * CHUNK_ITEMS, rng)
    job = stage.submit(submission)
    client = stage.client
    acts = [client.cancel, client.retry] * (ROUNDS // 2)
    acts.insert(ROUNDS // 2, client.delete)

    in_parallel([partial(act, job) for act in acts])
    client.wait_until_gone(job, PATIENCE_SECONDS)

    check(stage, submission.tag)


def answers_to(stage: Stage, job: str, pid: int, method: str) -> list[object]:
    return [call.answer for call in stage.trace.of(job) if (call.pid, call.method, call.phase) == (pid, method, END)]
