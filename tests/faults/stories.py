"""Stories: what a client does with a job, from submission to its end. Faults are injected into them."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.faults import archives
from tests.faults.archives import Submission
from tests.faults.failpoints import AFTER, BEFORE, HOLD, KILL, Failpoint
from tests.faults.stage import Stage

# Long enough for many leases on a busy machine. `test_random_kills.py` checks how soon jobs end.
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
    stage.client.wait_until_over(job, PATIENCE_SECONDS)


def submit_and_cancel(stage: Stage, submission: Submission) -> None:
    """Cancel while a worker holds the first chunk."""
    with stage.held(Failpoint("bulk", "ChunkLeases.record", BEFORE, HOLD, nth=2, tag=submission.tag)) as working:
        job = stage.submit(submission)
        stage.wait_until_fired(working)
        stage.client.cancel(job)
    stage.client.wait_until_over(job, PATIENCE_SECONDS)


def submit_and_retry(stage: Stage, submission: Submission) -> None:
    submit(stage, submission)
    (job,) = stage.jobs_of(submission)
    stage.client.retry(job)
    stage.client.wait_until_over(job, PATIENCE_SECONDS)


def cancel_and_retry(stage: Stage, submission: Submission) -> None:
    submit_and_cancel(stage, submission)
    (job,) = stage.jobs_of(submission)
    stage.client.retry(job)
    stage.client.wait_until_over(job, PATIENCE_SECONDS)


def submit_and_delete(stage: Stage, submission: Submission) -> None:
    submit(stage, submission)
    (job,) = stage.jobs_of(submission)
    stage.client.delete(job)
    stage.client.wait_until_gone(job, PATIENCE_SECONDS)


def lose_expander_and_worker(stage: Stage, submission: Submission) -> None:
    """Kill the expander and the worker under their leases: the reconciler has to recover the job."""
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
# These kill processes, which would disturb stories that run in parallel.
LOUD_STORIES = (Story("rescue", archives.six_mixed, lose_expander_and_worker),)
