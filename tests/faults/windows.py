"""The windows in which a process can die, derived from the traces of undisturbed runs instead of listed by hand."""

import random
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from tests.faults.checker import check
from tests.faults.failpoints import AFTER, BEFORE, KILL, Failpoint
from tests.faults.parallel import in_parallel
from tests.faults.score import Tally
from tests.faults.stage import Stage
from tests.faults.stories import LOUD_STORIES, QUIET_STORIES, Story
from tests.faults.trace import END

Life = dict[tuple[str, str], list[Any]]

# Calls that change nothing. To die after one of these is to die before the next call that changes something.
READS = {
    "ChunkStore": {
        "get",
        "count_waiting",
        "has_any",
        "in_order",
        "jobs_with_unsent",
        "outlines",
        "sums",
        "tally",
        "unsent",
        "waiting",
    },
    "ChunkLeases": {"expired"},
    "JobStore": {"get", "get_by_idempotency_key", "in_state", "page"},
    "S3Storage": {"get", "get_range", "head", "list_prefix", "open_range", "ping"},
    "TaskQueue": {"check_writes", "depth"},
    "SharedSources": {"has_unread_items", "is_shared"},
    "SubmissionStore": {"exists", "untouched_since"},
}
REHEARSALS = 2
ATTEMPTS = 8


@dataclass(frozen=True)
class Window:
    story: Story
    failpoint: Failpoint

    def __str__(self) -> str:
        return f"{self.story.name}: {self.failpoint}"


def rehearse(stage: Stage, rng: random.Random) -> list[Window]:
    """Play every story undisturbed and derive its windows: before and after the first call of each method by each
    process, and after the last one. A method that an earlier story covers gets another window only if it is called more
    often.
    """
    lives = in_parallel([partial(_lives, stage, story, rng) for story in QUIET_STORIES])
    lives += [_lives(stage, story, rng) for story in LOUD_STORIES]
    windows: list[Window] = []
    covered: dict[tuple[str, str], int] = {}
    for story, plays in zip((*QUIET_STORIES, *LOUD_STORIES), lives, strict=True):
        for process, method in set.intersection(*map(set, plays)):
            answers = [play[process, method] for play in plays]
            granted = all(map(any, answers))
            last = min(_times(of_play) for of_play in answers)
            first = Failpoint(process, method, AFTER, KILL, granted=granted)
            if (process, method) not in covered:
                windows += [Window(story, replace(first, when=BEFORE, granted=False)), Window(story, first)]
            if last > covered.get((process, method), 1):
                windows.append(Window(story, replace(first, nth=last)))
            covered[process, method] = max(last, covered.get((process, method), 1))
    return windows


def _times(answers: list[Any]) -> int:
    """How often a method is certain to be called. Repeated calls without effect count once."""
    if any(answers):
        return sum(map(bool, answers))
    return len(answers) if set(answers) == {None} else 1


def is_read(method: str) -> bool:
    owner, name = method.split(".")
    return name in READS.get(owner, set())


def _lives(stage: Stage, story: Story, rng: random.Random) -> list[Life]:
    return [_live(stage, story, rng) for _ in range(REHEARSALS)]


def _live(stage: Stage, story: Story, rng: random.Random) -> Life:
    """What each process's calls of each method that changes something returned."""
    submission = story.submission(rng)
    story.play(stage, submission)
    check(stage, submission.tag)
    (job,) = stage.jobs_of(submission)
    calls: Life = {}
    for call in stage.trace.of(job):
        if call.phase == END and not is_read(call.method):
            calls.setdefault((call.process, call.method), []).append(call.answer)
    return calls


@dataclass(frozen=True)
class Passage:
    """The outcome of one window: how long the job took, the counts of its items, whether the failpoint fired."""

    window: Window
    seconds: float
    tally: Tally
    reached: bool


def pass_through(stage: Stage, window: Window, rng: random.Random) -> Passage:
    """Play the window's story with its failpoint. Repeat if it was not reached, because another process may have done
    the task. Raises AssertionError if a promise was broken.
    """
    total = Tally()
    for _ in range(ATTEMPTS):
        begun = time.monotonic()
        submission = window.story.submission(rng)
        armed = stage.arm(replace(window.failpoint, tag=submission.tag))
        window.story.play(stage, submission)
        total += check(stage, submission.tag)
        if stage.armory.fired(armed):
            stage.score.windows += 1
            return Passage(window, time.monotonic() - begun, total, reached=True)
    return Passage(window, 0.0, total, reached=False)
