"""Leases use the database's clock: a process whose clock is an hour off neither loses a lease nor keeps it too long."""

import random
from dataclasses import replace

import pytest

from tests.faults import archives
from tests.faults.checker import check
from tests.faults.failpoints import BEFORE, KILL, STALL, Failpoint
from tests.faults.stage import BULK, CHUNK_ITEMS, INGEST, RECONCILER, Program, Stage
from tests.faults.stories import PATIENCE_SECONDS

pytestmark = [pytest.mark.faults, pytest.mark.slow]

HOUR = 3600.0


@pytest.mark.parametrize("skew_seconds", [HOUR, -HOUR])
@pytest.mark.parametrize("program", [BULK, INGEST, RECONCILER], ids=lambda program: program.name)
def test_a_wrong_clock_expires_no_lease(
    stage: Stage, rng: random.Random, program: Program, skew_seconds: float
) -> None:
    """The lease is held long enough for several passes of the reconciler."""
    submission = archives.photographs(CHUNK_ITEMS, rng)
    stage.arm(Failpoint("ingest", "Expansions.seal", BEFORE, STALL, tag=submission.tag, seconds=1.5))
    stage.arm(Failpoint("bulk", "ChunkLeases.record", BEFORE, STALL, nth=2, tag=submission.tag, seconds=1.5))
    with stage.without(program.name), stage.beside(wrong(program, skew_seconds)):
        job = stage.submit(submission)
        stage.client.wait_until_over(job, PATIENCE_SECONDS)

        check(stage, submission.tag)
        documents = stage.documents(job)
    assert [(chunk["claims"], chunk["expiries"]) for chunk in documents["chunks"]] == [(1, 0)]
    assert documents["jobs"][0]["expiries"] == 0


@pytest.mark.parametrize("skew_seconds", [HOUR, -HOUR])
def test_the_lease_of_a_process_with_a_wrong_clock_expires_on_time(
    stage: Stage, rng: random.Random, skew_seconds: float
) -> None:
    submission = archives.photographs(CHUNK_ITEMS, rng)
    fatal = stage.arm(Failpoint("bulk", "ChunkLeases.record", BEFORE, KILL, nth=2, tag=submission.tag))
    with stage.without(BULK.name), stage.beside(wrong(BULK, skew_seconds)):
        job = stage.submit(submission)
        stage.wait_until_fired(fatal)

        stage.client.wait_until_over(job, PATIENCE_SECONDS)

        check(stage, submission.tag)
        (chunk,) = stage.documents(job)["chunks"]
    assert chunk["expiries"] == 1


def wrong(program: Program, skew_seconds: float) -> Program:
    return replace(program, name=f"{program.name}-wrong", skew_seconds=skew_seconds)
