"""Calls that fail, responses that are lost, and memory that runs out, at the named windows of `test_windows.py`."""

import random
from functools import partial

import pytest

from tests.faults.failpoints import AFTER, BEFORE, DROP, FAIL, MEMORY, Failpoint
from tests.faults.named_windows import NAMED, STORIES, assert_nothing_was_lost
from tests.faults.parallel import in_parallel
from tests.faults.stage import Stage
from tests.faults.windows import Window, pass_through

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(300)]

FAILURES = {
    "call fails": (BEFORE, FAIL),
    "response lost": (AFTER, DROP),
    "out of memory": (BEFORE, MEMORY),
}


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
