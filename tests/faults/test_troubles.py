"""Calls that fail, calls whose answers are lost, and memory that runs out: in the windows of `test_windows.py`."""

import random
from functools import partial

import pytest

from tests.faults.failpoints import AFTER, BEFORE, DROP, FAIL, MEMORY, Failpoint
from tests.faults.lanes import in_lanes
from tests.faults.named_windows import NAMED, STORIES, assert_nothing_was_lost
from tests.faults.stage import Stage
from tests.faults.windows import Window, pass_through

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(300)]

TROUBLES = {
    "the call fails": (BEFORE, FAIL),
    "its answer is lost": (AFTER, DROP),
    "memory runs out": (BEFORE, MEMORY),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_trouble_in_a_window_with_a_name_loses_nothing(stage: Stage, rng: random.Random, trouble: str) -> None:
    when, action = TROUBLES[trouble]
    windows = [
        Window(STORIES[story], Failpoint(process, method, when, action))
        for story, process, method in NAMED.values()
        # What a gateway without memory answers is no promise of ours.
        if (process, action) != ("gateway", MEMORY)
    ]

    passages = in_lanes([partial(pass_through, stage, window, rng) for window in windows])

    assert_nothing_was_lost(passages)
