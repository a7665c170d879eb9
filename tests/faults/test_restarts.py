"""A rolling update under load: a process that gets SIGTERM releases its leases, and no item is blamed."""

import random
import signal

import pytest

from tests.faults import archives
from tests.faults.checker import check
from tests.faults.failpoints import AFTER, STALL, Failpoint
from tests.faults.stage import BULK, CHUNK_ITEMS, GATEWAY, ORDINARY, Stage
from tests.faults.stories import PATIENCE_SECONDS

# Slow: on a busy machine that stalls a process for seconds, a lease can expire, which this test does not allow.
pytestmark = [pytest.mark.faults, pytest.mark.slow]

# uvicorn finishes its open requests, then raises the signal again that it got.
BY_SIGTERM = {GATEWAY.name: -signal.SIGTERM}


def test_a_rolling_restart_under_load_loses_nothing_and_expires_no_lease(stage: Stage, rng: random.Random) -> None:
    submission = archives.mixture(6 * CHUNK_ITEMS, rng)
    deaths = stage.processes.deaths.copy()
    # Slow chunks, so that the worker holds one whenever the signal arrives.
    for nth in range(2, 6):
        stage.arm(Failpoint(BULK.name, "ChunkLeases.record", AFTER, STALL, nth=nth, tag=submission.tag, seconds=2))
    job = stage.submit(submission)

    for program in (BULK, *ORDINARY):
        stage.processes.restart(program.name)

    stage.client.wait_until_over(job, PATIENCE_SECONDS)
    check(stage, submission.tag)
    assert [chunk["expiries"] for chunk in stage.documents(job)["chunks"]] == [0] * 6
    ends = {program.name: 0 for program in ORDINARY} | BY_SIGTERM
    assert stage.processes.deaths - deaths == {
        (program.name, ends[program.name]): 1 + (program is BULK) for program in ORDINARY
    }
