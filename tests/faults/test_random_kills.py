"""Kill -9 of whoever comes, whenever it comes, while clients submit: nothing lost, doubled, invented, or blamed."""

import random
import time
from dataclasses import replace

import pytest

from tests.faults import archives
from tests.faults.archives import Submission
from tests.faults.checker import check
from tests.faults.score import Tally
from tests.faults.stage import BULK, CHUNK_ITEMS, ORDINARY, RECONCILER, Program, Stage

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

SECOND = (replace(BULK, name="bulk-2"), replace(RECONCILER, name="reconciler-2"))
# Seconds between one kill and the next.
PAUSES = (0.3, 1.2)


@pytest.mark.parametrize("kills", [6, pytest.param(30, marks=pytest.mark.slow)])
def test_kills_at_random_lose_nothing(stage: Stage, rng: random.Random, kills: int) -> None:
    submitted: dict[str, str] = {}
    killed: list[tuple[str, int]] = []
    with stage.beside(*SECOND):
        for _ in range(kills):
            submission = any_submission(rng)
            submitted[submission.tag] = stage.submit(submission, seconds=60)
            time.sleep(rng.uniform(*PAUSES))
            name = rng.choice(names(*ORDINARY, *SECOND))
            killed.append((name, stage.processes.kill(name)))
        for name, pid in killed:
            stage.processes.until_replaced(name, pid)
        calm = time.monotonic()
        pictures = sum(len(stage.ledger.events("sent", tag=tag)[0]["entries"]) for tag in submitted)
        allowed = stage.recovery_seconds(pictures)
        for job in submitted.values():
            stage.visitor.until_over(job, max(calm + allowed - time.monotonic(), 0))
        stage.score.recoveries.append((time.monotonic() - calm, allowed))

    total = sum((check(stage, tag) for tag in submitted), Tally())
    assert (total.lost, total.duplicated, total.unexpected, total.worker_lost) == (0, 0, 0, 0)


def any_submission(rng: random.Random) -> Submission:
    kinds = (archives.single_photograph, lambda rng: archives.mixture(rng.randint(2, 5 * CHUNK_ITEMS), rng))
    return rng.choice(kinds)(rng)


def names(*programs: Program) -> list[str]:
    return [program.name for program in programs]
