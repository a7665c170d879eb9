"""Kill random processes with SIGKILL at random times under load: no item is lost, duplicated, invented or blamed."""

import random
import time
from dataclasses import replace

import pytest

from tests.faults import archives
from tests.faults.archives import Submission
from tests.faults.checker import check
from tests.faults.colorizer import PACE
from tests.faults.score import Tally
from tests.faults.stage import BULK, CHUNK_ITEMS, ORDINARY, RECONCILER, Stage

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

# Seconds between two kills, at least and at most.
PAUSES = (0.3, 1.2)
# Slow enough that jobs are always running.
PACE_SECONDS = 0.1
WORKERS = tuple(replace(BULK, name=name, environment={PACE: str(PACE_SECONDS)}) for name in ("bulk-1", "bulk-2"))
SECOND = replace(RECONCILER, name="reconciler-2")
VICTIMS = [program.name for program in (*ORDINARY, *WORKERS, SECOND) if program is not BULK]


@pytest.mark.parametrize("kills", [6, pytest.param(30, marks=pytest.mark.slow)])
def test_random_kills_lose_nothing(stage: Stage, rng: random.Random, kills: int) -> None:
    submitted: dict[str, str] = {}
    killed: list[tuple[str, int]] = []
    with stage.without(BULK.name), stage.beside(*WORKERS, SECOND):
        for _ in range(kills):
            submission = any_submission(rng)
            submitted[submission.tag] = stage.submit(submission, seconds=60)
            time.sleep(rng.uniform(*PAUSES))
            name = rng.choice(VICTIMS)
            killed.append((name, stage.processes.kill(name)))
        for name, pid in killed:
            stage.processes.wait_until_replaced(name, pid)
        calm = time.monotonic()
        pictures = sum(left_to_do(stage, tag, job) for tag, job in submitted.items())
        allowed = stage.recovery_seconds(pictures) + PACE_SECONDS * pictures
        for job in submitted.values():
            stage.client.wait_until_over(job, max(calm + allowed - time.monotonic(), 0))
        stage.score.recoveries.append((time.monotonic() - calm, allowed))

    total = sum((check(stage, tag) for tag in submitted), Tally())
    assert (total.lost, total.duplicated, total.unexpected, total.worker_lost) == (0, 0, 0, 0)


def left_to_do(stage: Stage, tag: str, job: str) -> int:
    """How many items of a job have not ended."""
    sent = stage.ledger.events("sent", tag=tag)[0]["entries"]
    counts = stage.client.job(job)["counts"]
    return len(sent) - sum(counts[state] for state in ("succeeded", "failed", "skipped"))


def any_submission(rng: random.Random) -> Submission:
    """A picture, or more often an archive."""
    pictures = rng.randint(-10, 10 * CHUNK_ITEMS)
    return archives.mixture(pictures, rng) if pictures > 1 else archives.single_photograph(rng)
