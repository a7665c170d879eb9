"""Kill -9 in every window between two calls of a process to the outside; nothing of it shows in what comes out."""

import random
from functools import partial

import pytest

from tests.faults import archives
from tests.faults.checker import check
from tests.faults.failpoints import AFTER, BEFORE, KILL, STALL_AND_KILL, Failpoint
from tests.faults.lanes import in_lanes
from tests.faults.score import Tally
from tests.faults.stage import Stage
from tests.faults.stories import LOUD_STORIES, QUIET_STORIES, submit
from tests.faults.windows import Passage, Window, pass_through, rehearse

pytestmark = pytest.mark.faults

STORIES = {story.name: story for story in (*QUIET_STORIES, *LOUD_STORIES)}
# The windows that have a name, each with the story in which it is reached for certain.
NAMED = {
    "submit, key reserved": ("archive", "gateway", "SubmissionStore.begin"),
    "submit, bytes stored": ("archive", "gateway", "S3Storage.put_stream"),
    "submit, chunk inserted": ("picture", "gateway", "ChunkStore.insert"),
    "submit, job inserted": ("archive", "gateway", "JobStore.insert"),
    "submit, sent": ("archive", "gateway", "TaskQueue.send"),
    "expand, leased": ("archive", "ingest", "Expansions.claim_expansion"),
    "expand, chunks inserted": ("archive", "ingest", "ChunkStore.insert"),
    "expand, sealed": ("archive", "ingest", "Expansions.seal"),
    "claim": ("archive", "bulk", "ChunkLeases.claim"),
    "put": ("archive", "bulk", "S3Storage.put"),
    "put, one of several": ("variants", "bulk", "S3Storage.put"),
    "record": ("archive", "bulk", "ChunkLeases.record"),
    "chunk end": ("picture", "interactive", "ChunkLeases.record"),
    "settle": ("archive", "bulk", "JobStore.settle"),
    "cancel": ("cancel", "gateway", "JobStore.cancel"),
    "retry": ("retry", "gateway", "JobStore.retry"),
    "retry, chunk opened": ("retry", "ingest", "ChunkStore.reopen"),
    "delete": ("delete", "gateway", "JobStore.delete"),
    "delete, objects": ("delete", "reconciler", "S3Storage.delete_some"),
    "delete, document": ("delete", "reconciler", "JobStore.remove"),
    "lease expired": ("rescue", "reconciler", "ChunkLeases.release_expired"),
}


@pytest.mark.parametrize("when", [pytest.param(BEFORE, marks=pytest.mark.slow), AFTER])
@pytest.mark.timeout(300)
def test_a_process_that_is_killed_in_a_window_with_a_name_loses_nothing(
    stage: Stage, rng: random.Random, when: str
) -> None:
    windows = [
        Window(STORIES[story], Failpoint(process, method, when, KILL)) for story, process, method in NAMED.values()
    ]

    passages = in_lanes([partial(pass_through, stage, window, rng) for window in windows])

    assert_nothing_was_lost(passages)


def test_nothing_is_recorded_before_it_is_stored(stage: Stage, rng: random.Random) -> None:
    """A worker takes a while to store a result, and dies of it: who was told of that result before has been lied to."""
    submission = archives.six_mixed(rng)
    fatal = stage.arm(Failpoint("bulk", "S3Storage.put", BEFORE, STALL_AND_KILL, tag=submission.tag))

    submit(stage, submission)

    assert stage.armory.fired(fatal)
    check(stage, submission.tag)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_process_that_is_killed_in_any_window_loses_nothing(stage: Stage, rng: random.Random) -> None:
    windows = rehearse(stage, rng)
    rng.shuffle(windows)
    covered = {(window.failpoint.process, window.failpoint.method, window.failpoint.when) for window in windows}
    assert {(process, method, when) for _, process, method in NAMED.values() for when in (BEFORE, AFTER)} <= covered

    passages = in_lanes([partial(pass_through, stage, window, rng) for window in windows])

    # Whether and how often several do what one of them may do is a matter of timing: a few windows do not come again.
    assert_nothing_was_lost(passages, unreached=len(windows) // 20)


def assert_nothing_was_lost(passages: list[Passage], unreached: int = 0) -> None:
    missed = [str(passage.window) for passage in passages if not passage.reached]
    assert len(missed) <= unreached, missed
    total = sum((passage.tally for passage in passages), Tally())
    slowest = max(passages, key=lambda passage: passage.seconds)
    print(f"{len(passages)} windows, {total}; the slowest took {slowest.seconds:.1f} s: {slowest.window}")
    assert (total.lost, total.duplicated, total.unexpected, total.worker_lost) == (0, 0, 0, 0)
    assert total.ok == total.acknowledged
