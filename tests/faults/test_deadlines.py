"""A deadline: what was claimed by then is finished or expires, the rest expires, and the job ends."""

import random
from dataclasses import replace
from functools import partial

import pytest

from tests.faults import archives
from tests.faults.checker import check
from tests.faults.failpoints import BEFORE, HOLD, Failpoint
from tests.faults.stage import BULK, CHUNK_ITEMS, Stage
from tests.faults.stories import PATIENCE_SECONDS
from tests.fixtures.stack import wait_until

pytestmark = pytest.mark.faults


def test_without_a_worker_everything_expires_and_a_late_worker_starts_nothing(stage: Stage, rng: random.Random) -> None:
    submission = replace(archives.photographs(2 * CHUNK_ITEMS, rng), deadline="2s")
    with stage.without(BULK.name):
        job = stage.submit(submission)
        assert stage.client.wait_until_over(job, PATIENCE_SECONDS)["state"] == "expired"

    check(stage, submission.tag)


@pytest.mark.slow
def test_a_worker_that_dies_after_the_deadline_leaves_what_it_had_expired(stage: Stage, rng: random.Random) -> None:
    # Longer than it takes to be claimed on a busy machine.
    submission = replace(archives.photographs(6 * CHUNK_ITEMS, rng), deadline="12s")
    with stage.held(Failpoint(BULK.name, "ChunkLeases.record", BEFORE, HOLD, nth=2, tag=submission.tag)) as recording:
        job = stage.submit(submission)
        stage.wait_until_fired(recording)
        wait_until(partial(is_expiring, stage, job), PATIENCE_SECONDS)
        stage.processes.kill(BULK.name)
        ended = stage.client.wait_until_over(job, PATIENCE_SECONDS)

    check(stage, submission.tag)
    assert ended["counts"]["expired"] > 0
    assert ended["state"] == "partially_succeeded"


def is_expiring(stage: Stage, job: str) -> bool:
    return bool(stage.client.job(job)["state"] == "expiring")
