"""A rolling update under work: whoever is told to end hands back what it holds, and blames nobody."""

import random
import signal

import pytest

from tests.faults import archives
from tests.faults.checker import check
from tests.faults.failpoints import AFTER, STALL, Failpoint
from tests.faults.stage import BULK, CHUNK_ITEMS, GATEWAY, ORDINARY, Stage
from tests.faults.stories import PATIENCE_SECONDS

# Slow: a machine that starves a process for seconds lets a lease run out that this test says must not.
pytestmark = [pytest.mark.faults, pytest.mark.slow]

# uvicorn finishes what it has begun, and ends by the signal that it was told by then.
BY_SIGTERM = {GATEWAY.name: -signal.SIGTERM}


def test_processes_that_are_told_to_end_under_work_lose_nothing_and_let_no_lease_run_out(
    stage: Stage, rng: random.Random
) -> None:
    submission = archives.mixture(6 * CHUNK_ITEMS, rng)
    deaths = stage.processes.deaths.copy()
    # Chunks that take a while, so that the worker has one whenever it is told.
    for nth in range(2, 6):
        stage.arm(Failpoint(BULK.name, "ChunkLeases.record", AFTER, STALL, nth=nth, tag=submission.tag, seconds=2))
    job = stage.submit(submission)

    for program in (BULK, *ORDINARY):
        stage.processes.restart(program.name)

    stage.visitor.until_over(job, PATIENCE_SECONDS)
    check(stage, submission.tag)
    assert [chunk["expiries"] for chunk in stage.documents(job)["chunks"]] == [0] * 6
    ends = {program.name: 0 for program in ORDINARY} | BY_SIGTERM
    assert stage.processes.deaths - deaths == {
        (program.name, ends[program.name]): 1 + (program is BULK) for program in ORDINARY
    }
