"""SIGKILL in every window between two calls of a process to the outside does not change the outcome of a job."""

import random
from functools import partial

import pytest

from tests.faults import archives
from tests.faults.checker import check
from tests.faults.failpoints import AFTER, BEFORE, KILL, STALL_AND_KILL, Failpoint
from tests.faults.named_windows import NAMED, STORIES, assert_nothing_was_lost
from tests.faults.parallel import in_parallel
from tests.faults.stage import Stage
from tests.faults.stories import submit
from tests.faults.windows import Window, pass_through, rehearse

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("when", [pytest.param(BEFORE, marks=pytest.mark.slow), AFTER])
@pytest.mark.timeout(300)
def test_killing_a_process_in_a_named_window_loses_nothing(stage: Stage, rng: random.Random, when: str) -> None:
    windows = [
        Window(STORIES[story], Failpoint(process, method, when, KILL)) for story, process, method in NAMED.values()
    ]

    passages = in_parallel([partial(pass_through, stage, window, rng) for window in windows])

    assert_nothing_was_lost(passages)


def test_nothing_is_recorded_before_it_is_stored(stage: Stage, rng: random.Random) -> None:
    """A worker stalls before it stores a result, and dies there. A record of the result before that would be false."""
    submission = archives.six_mixed(rng)
    fatal = stage.arm(Failpoint("bulk", "S3Storage.put", BEFORE, STALL_AND_KILL, tag=submission.tag, about="/results/"))

    submit(stage, submission)

    assert stage.armory.fired(fatal)
    check(stage, submission.tag)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_killing_a_process_in_any_window_loses_nothing(stage: Stage, rng: random.Random) -> None:
    windows = rehearse(stage, rng)
    rng.shuffle(windows)
    covered = {(window.failpoint.process, window.failpoint.method, window.failpoint.when) for window in windows}
    assert {(process, method, when) for _, process, method in NAMED.values() for when in (BEFORE, AFTER)} <= covered

    passages = in_parallel([partial(pass_through, stage, window, rng) for window in windows])

    # Where several processes compete for a task, timing decides which one calls and how often: a few windows may not
    # occur again.
    assert_nothing_was_lost(passages, unreached=len(windows) // 20)
