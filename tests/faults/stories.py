"""What a client does with a job, from the first byte to the last look: the lives that faults are put into."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults import archives
from tests.faults.archives import Submission
from tests.faults.failpoints import AFTER, BEFORE, HOLD, KILL, Failpoint
from tests.faults.stage import Stage

# Long enough for many leases on a busy machine: how soon a job ends is judged where nothing else disturbs it.
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Story:
    name: str
    submission: Callable[[random.Random], Submission]
    play: Callable[[Stage, Submission], None]


def _broken_picture(_: random.Random) -> Submission:
    return archives.single(archives.BROKEN)


def submit(stage: Stage, submission: Submission) -> None:
    job = stage.submit(submission)
    stage.visitor.until_over(job, PATIENCE_SECONDS)


def submit_and_cancel(stage: Stage, submission: Submission) -> None:
    """While a worker holds the first chunk."""
    with stage.held(Failpoint("bulk", "ChunkLeases.record", BEFORE, HOLD, nth=2, tag=submission.tag)) as working:
        job = stage.submit(submission)
        stage.until_fired(working)
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
    stage.arm(Failpoint("ingest", "Expansions.claim_expansion", AFTER, KILL, tag=submission.tag))
    stage.arm(Failpoint("bulk", "ChunkLeases.record", AFTER, KILL, nth=2, tag=submission.tag))
    submit(stage, submission)


QUIET_STORIES = (
    Story("archive", archives.six_mixed, submit),
    Story("picture", archives.single_photograph, submit),
    Story("variants", archives.six_in_variants, submit),
    Story("cancel", archives.six_mixed, submit_and_cancel),
    Story("retry", archives.six_mixed, submit_and_retry),
    Story("retry of a picture", _broken_picture, submit_and_retry),
    Story("retry after cancel", archives.six_mixed, cancel_and_retry),
    Story("delete", archives.six_mixed, submit_and_delete),
)
# Deaths are part of these: they disturb whatever else goes on.
LOUD_STORIES = (Story("rescue", archives.six_mixed, lose_expander_and_worker),)
