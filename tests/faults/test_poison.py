"""A picture that kills its worker fails alone; its neighbors are colorized."""

import random
from functools import partial

import pytest

from tests.faults import archives
from tests.faults.archives import FAILED, Entry, Submission
from tests.faults.checker import check
from tests.faults.parallel import in_parallel
from tests.faults.stage import CHUNK_ITEMS, Stage
from tests.faults.stories import PATIENCE_SECONDS
from tests.zoo.pictures import black_picture

pytestmark = [pytest.mark.faults, pytest.mark.slow]

# Twice with its neighbors, twice alone.
DEATHS = 4
POISON = Entry("black.jpg", black_picture(), FAILED, "worker_lost")


def test_a_picture_that_kills_its_worker_fails_alone_and_after_four_deaths(stage: Stage, rng: random.Random) -> None:
    submission = archives.with_one(POISON, 2 * CHUNK_ITEMS, rng)
    before = stage.processes.deaths["bulk", -9]

    job = stage.submit(submission)
    stage.client.wait_until_over(job, PATIENCE_SECONDS)

    check(stage, submission.tag)
    assert stage.processes.deaths["bulk", -9] - before == DEATHS


def test_only_the_poison_fails_though_its_worker_also_holds_other_jobs(stage: Stage, rng: random.Random) -> None:
    submissions: list[Submission] = [
        archives.single(POISON),
        archives.single_photograph(rng),
        archives.with_one(POISON, CHUNK_ITEMS, rng),
        archives.photographs(5 * CHUNK_ITEMS, rng),
    ]
    jobs = in_parallel([partial(stage.submit, submission) for submission in submissions])

    for job in jobs:
        stage.client.wait_until_over(job, PATIENCE_SECONDS)

    for submission in submissions:
        check(stage, submission.tag)
