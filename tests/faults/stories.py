"""What a client does with a job, from the first byte to the last look: the lives that faults are put into."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults import archives
from tests.faults.archives import Submission
from tests.faults.failpoints import AFTER, BEFORE, KILL, STALL, Failpoint
from tests.faults.stage import Stage

# Long enough for several leases: how soon a job ends is judged where nothing else disturbs it.
PATIENCE_SECONDS = 40.0


@dataclass(frozen=True)
class Story:
    name: str
    submission: Callable[[random.Random], Submission]
    play: Callable[[Stage, Submission], None]


def _archive(rng: random.Random) -> Submission:
    """Two chunks, and something of everything in it."""
    return archives.mixture(6, rng)


def _broken_picture(_: random.Random) -> Submission:
    return archives.single(archives.BROKEN)


def submit(stage: Stage, submission: Submission) -> None:
    job = stage.submit(submission)
    stage.visitor.until_over(job, PATIENCE_SECONDS)


def submit_and_cancel(stage: Stage, submission: Submission) -> None:
    """While a worker holds the first chunk."""
    stalled = stage.arm(Failpoint("bulk", "ChunkStore.record", BEFORE, STALL, nth=2, tag=submission.tag))
    job = stage.submit(submission)
    stage.until_fired(stalled)
    stage.visitor.cancel(job)
    stage.visitor.until_over(job, PATIENCE_SECONDS)


def submit_and_retry(stage: Stage, submission: Submission) -> None:
    submit(stage, submission)
    (job,) = stage.jobs_of(submission)
    stage.visitor.retry(job)
    stage.visitor.until_over(job, PATIENCE_SECONDS)


def cancel_and_retry(stage: Stage, submission: Submission) -> None:
    submit_and_cancel(stage, submission)
    (job,) = stage.jobs_of(submission)
    stage.visitor.retry(job)
    stage.visitor.until_over(job, PATIENCE_SECONDS)


def submit_and_delete(stage: Stage, submission: Submission) -> None:
    submit(stage, submission)
    (job,) = stage.jobs_of(submission)
    stage.visitor.delete(job)
    stage.visitor.until_gone(job, PATIENCE_SECONDS)


def lose_expander_and_worker(stage: Stage, submission: Submission) -> None:
    """What the reconciler has to mend."""
    stage.arm(Failpoint("ingest", "JobStore.claim_expansion", AFTER, KILL, tag=submission.tag))
    stage.arm(Failpoint("bulk", "ChunkStore.record", AFTER, KILL, nth=2, tag=submission.tag))
    submit(stage, submission)


QUIET_STORIES = (
    Story("archive", _archive, submit),
    Story("picture", archives.single_photograph, submit),
    Story("cancel", _archive, submit_and_cancel),
    Story("retry", _archive, submit_and_retry),
    Story("retry of a picture", _broken_picture, submit_and_retry),
    Story("retry after cancel", _archive, cancel_and_retry),
    Story("delete", _archive, submit_and_delete),
)
# Deaths are part of these: they disturb whatever else goes on.
LOUD_STORIES = (Story("rescue", _archive, lose_expander_and_worker),)
