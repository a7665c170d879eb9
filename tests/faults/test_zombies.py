"""Zombies: processes that are frozen for longer than their lease and then resume. Their late writes change nothing."""

import random
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.faults import archives
from tests.faults.archives import Submission
from tests.faults.checker import check
from tests.faults.colorizer import TINT
from tests.faults.failpoints import AFTER, BEFORE, HOLD, STOP, Failpoint
from tests.faults.stage import BULK, CHUNK_ITEMS, UPLOAD_SECONDS, Program, Stage
from tests.faults.stories import PATIENCE_SECONDS
from tests.faults.trace import BEGIN, END
from tests.fixtures.stack import wait_until

pytestmark = pytest.mark.faults

# The tint distinguishes its results from those of other workers.
ZOMBIE = Program("zombie", "worker", ("--role", "bulk"), environment={TINT: "0.5"})
WINNER = Program("winner", "worker", ("--role", "bulk"))
# A call that its process gave up on may still reach the database within this time.
STRAGGLER_SECONDS = 2.0


def test_a_result_stored_by_a_zombie_overwrites_nothing(stage: Stage, rng: random.Random) -> None:
    submission = archives.photographs(CHUNK_ITEMS, rng)
    with stage.without(BULK.name), stage.beside(ZOMBIE):
        stopped = stage.arm(Failpoint("zombie", "S3Storage.put", BEFORE, STOP, tag=submission.tag))
        job = stage.submit(submission)
        zombie = stage.wait_until_fired(stopped)
        with stage.beside(WINNER):
            stage.client.wait_until_over(job, PATIENCE_SECONDS)
            stage.processes.thaw(zombie)
            stage.wait_until_logged("zombie", "chunk.lease_lost")

            check(stage, submission.tag)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("role", "method", "collection"),
    [("bulk", "ChunkLeases.record", "chunks"), ("ingest", "Expansions.seal", "jobs")],
    ids=["record", "seal"],
)
def test_writes_of_a_zombie_are_refused_while_another_worker_holds_the_lease(
    stage: Stage, rng: random.Random, role: str, method: str, collection: str
) -> None:
    submission = archives.photographs(CHUNK_ITEMS, rng)
    zombie, winner = (Program(name, "worker", ("--role", role)) for name in ("zombie", "winner"))
    at_work = Failpoint("winner", method, BEFORE, HOLD, tag=submission.tag)
    with stage.without(role), stage.beside(zombie):
        stopped = stage.arm(Failpoint("zombie", method, BEFORE, STOP, tag=submission.tag))
        job = stage.submit(submission)
        pid = stage.wait_until_fired(stopped)
        with stage.beside(winner):
            with stage.held(at_work) as working:
                stage.wait_until_fired(working)
                (before,) = stage.documents(job)[collection]
                stage.processes.thaw(pid)

                assert is_refused(stage, job, method, pid)
                (after,) = stage.documents(job)[collection]
                assert without_renewals(after) == without_renewals(before)
            stage.client.wait_until_over(job, PATIENCE_SECONDS)
            check(stage, submission.tag)


@pytest.mark.parametrize(
    ("made", "when"),
    [
        pytest.param(archives.single_photograph, BEFORE, id="picture-before", marks=pytest.mark.slow),
        pytest.param(archives.single_photograph, AFTER, id="picture-after", marks=pytest.mark.slow),
        pytest.param(archives.six_mixed, BEFORE, id="archive-before", marks=pytest.mark.slow),
        pytest.param(archives.six_mixed, AFTER, id="archive-after"),
    ],
)
def test_a_gateway_frozen_until_its_upload_is_swept_does_not_accept_it(
    stage: Stage, rng: random.Random, made: Callable[[random.Random], Submission], when: str
) -> None:
    submission = made(rng)
    stopped = stage.arm(Failpoint("gateway", "SubmissionStore.touch", when, STOP, tag=submission.tag))
    assert stage.client.send(submission, seconds=UPLOAD_SECONDS) is None
    gateway = stage.wait_until_fired(stopped)
    wait_until(lambda: is_swept(stage, submission.tag), PATIENCE_SECONDS)

    stage.processes.thaw(gateway)

    job = stage.submit(submission)
    stage.client.wait_until_over(job, PATIENCE_SECONDS)
    check(stage, submission.tag)


def is_swept(stage: Stage, tag: str) -> bool:
    return any(
        (call.tag, call.process, call.method, call.phase) == (tag, "reconciler", "SubmissionStore.end", END)
        for call in stage.trace.calls()
    )


def is_refused(stage: Stage, job: str, method: str, zombie: int) -> bool:
    """Whether each call of this method by the resumed zombie is refused, or given up by the zombie."""

    def answers() -> list[Any]:
        calls = [call for call in stage.trace.of(job) if (call.pid, call.method) == (zombie, method)]
        return [call for call in calls if call.phase != BEGIN]

    wait_until(answers, PATIENCE_SECONDS)
    time.sleep(STRAGGLER_SECONDS)
    return not any(call.phase == END and call.answer for call in answers())


def without_renewals(document: dict[str, Any]) -> dict[str, Any]:
    return document | {"lease": document["lease"]["token"]}
