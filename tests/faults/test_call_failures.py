"""Calls that fail, responses that are lost, and memory that runs out, at the named windows of `test_windows.py`."""

import random
from functools import partial

import pytest

from tests.faults import archives
from tests.faults.checker import check
from tests.faults.failpoints import AFTER, BEFORE, DROP, FAIL, MEMORY, Failpoint
from tests.faults.named_windows import NAMED, STORIES, assert_nothing_was_lost
from tests.faults.parallel import in_parallel
from tests.faults.stage import CHUNK_ITEMS, Stage
from tests.faults.stories import submit
from tests.faults.trace import END
from tests.faults.windows import ATTEMPTS, Window, pass_through

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

FAILURES = {
    "call fails": (BEFORE, FAIL),
    "response lost": (AFTER, DROP),
    "out of memory": (BEFORE, MEMORY),
}


@pytest.mark.slow
@pytest.mark.parametrize("failure", FAILURES)
def test_a_failed_call_in_a_named_window_loses_nothing(stage: Stage, rng: random.Random, failure: str) -> None:
    when, action = FAILURES[failure]
    windows = [
        Window(STORIES[story], Failpoint(process, method, when, action))
        for story, process, method in NAMED.values()
        # The service promises nothing about the responses of a gateway that is out of memory.
        if (process, action) != ("gateway", MEMORY)
    ]

    passages = in_parallel([partial(pass_through, stage, window, rng) for window in windows])

    assert_nothing_was_lost(passages)


def test_a_repeated_record_counts_once(stage: Stage, rng: random.Random) -> None:
    """The response to the first record of a chunk is lost. Later records of the chunk keep the lease, which the last
    one ends: only before that can a repetition change anything.
    """
    for _ in range(ATTEMPTS):
        submission = archives.photographs(CHUNK_ITEMS, rng)
        lost = stage.arm(Failpoint("bulk", "ChunkLeases.record", AFTER, DROP, tag=submission.tag))
        submit(stage, submission)
        check(stage, submission.tag)
        assert stage.armory.fired(lost)
        (job,) = stage.jobs_of(submission)
        if granted_records(stage, job) == CHUNK_ITEMS + 1:
            return
    pytest.fail("The worker lost its lease in each attempt before it repeated the record.")


def granted_records(stage: Stage, job: str) -> int:
    calls = [call for call in stage.trace.of(job) if (call.method, call.phase) == ("ChunkLeases.record", END)]
    return sum(bool(call.answer) for call in calls)
