"""A process that is frozen for longer than its lease lasts and then goes on: what it still writes changes nothing."""

import random
import time
from typing import Any

import pytest

from tests.faults import archives
from tests.faults.checker import check
from tests.faults.colorizer import TINT
from tests.faults.failpoints import AFTER, BEFORE, STALL, STOP, Failpoint
from tests.faults.stage import BULK, CHUNK_ITEMS, LEASE_SECONDS, UPLOAD_SECONDS, Program, Stage
from tests.faults.stories import PATIENCE_SECONDS
from tests.faults.trace import BEGIN, END
from tests.fixtures.stack import wait_until

pytestmark = pytest.mark.faults

# Its results can be told from the others' by their colors.
ZOMBIE = Program("zombie", "worker", ("--role", "bulk"), environment={TINT: "0.5"})
WINNER = Program("winner", "worker", ("--role", "bulk"))
ZOMBIE_EXPANDER = Program("zombie", "worker", ("--role", "ingest"))
# What was given up may be on its way to the database all the same.
STRAGGLER_SECONDS = 0.5
WINNING_EXPANDER = Program("winner", "worker", ("--role", "ingest"))


def test_a_result_that_a_zombie_stores_overwrites_nothing(stage: Stage, rng: random.Random) -> None:
    submission = archives.photographs(CHUNK_ITEMS, rng)
    with stage.without(BULK.name), stage.beside(ZOMBIE):
        stopped = stage.arm(Failpoint("zombie", "S3Storage.put", BEFORE, STOP, tag=submission.tag))
        job = stage.submit(submission)
        zombie = stage.until_fired(stopped)
        with stage.beside(WINNER):
            stage.visitor.until_over(job, PATIENCE_SECONDS)
            stage.processes.thaw(zombie)
            stage.until_said("zombie", "chunk.lease_lost")

            check(stage, submission.tag)


def test_a_record_by_a_zombie_is_refused_while_another_holds_the_lease(stage: Stage, rng: random.Random) -> None:
    submission = archives.photographs(CHUNK_ITEMS, rng)
    with stage.without(BULK.name), stage.beside(ZOMBIE):
        stopped = stage.arm(Failpoint("zombie", "ChunkStore.record", BEFORE, STOP, tag=submission.tag))
        held = stage.arm(
            Failpoint("winner", "ChunkStore.record", BEFORE, STALL, nth=2, tag=submission.tag, seconds=LEASE_SECONDS)
        )
        job = stage.submit(submission)
        zombie = stage.until_fired(stopped)
        with stage.beside(WINNER):
            stage.until_fired(held)
            (before,) = stage.documents(job)["chunks"]
            stage.processes.thaw(zombie)

            assert is_refused(stage, job, "ChunkStore.record", zombie)
            (after,) = stage.documents(job)["chunks"]
            assert without_renewals(after) == without_renewals(before)
            stage.visitor.until_over(job, PATIENCE_SECONDS)
            check(stage, submission.tag)


def test_a_seal_by_a_zombie_is_refused_while_another_holds_the_lease(stage: Stage, rng: random.Random) -> None:
    submission = archives.mixture(6, rng)
    with stage.without("ingest"), stage.beside(ZOMBIE_EXPANDER):
        stopped = stage.arm(Failpoint("zombie", "JobStore.seal", BEFORE, STOP, tag=submission.tag))
        held = stage.arm(Failpoint("winner", "JobStore.seal", BEFORE, STALL, tag=submission.tag, seconds=LEASE_SECONDS))
        job = stage.submit(submission)
        zombie = stage.until_fired(stopped)
        with stage.beside(WINNING_EXPANDER):
            stage.until_fired(held)
            (before,) = stage.documents(job)["jobs"]
            stage.processes.thaw(zombie)

            assert is_refused(stage, job, "JobStore.seal", zombie)
            (after,) = stage.documents(job)["jobs"]
            assert without_renewals(after) == without_renewals(before)
            stage.visitor.until_over(job, PATIENCE_SECONDS)
            check(stage, submission.tag)


@pytest.mark.parametrize("window", [("UploadStore.touch", BEFORE), ("UploadStore.touch", AFTER)], ids=str)
def test_a_gateway_that_is_frozen_until_its_upload_is_swept_accepts_nothing_that_is_gone(
    stage: Stage, rng: random.Random, window: tuple[str, str]
) -> None:
    submission = archives.single_photograph(rng)
    stopped = stage.arm(Failpoint("gateway", window[0], window[1], STOP, tag=submission.tag))
    assert stage.visitor.send(submission, seconds=UPLOAD_SECONDS) is None
    gateway = stage.until_fired(stopped)
    wait_until(lambda: is_swept(stage, submission.tag), PATIENCE_SECONDS)

    stage.processes.thaw(gateway)

    job = stage.submit(submission)
    stage.visitor.until_over(job, PATIENCE_SECONDS)
    check(stage, submission.tag)


def is_swept(stage: Stage, tag: str) -> bool:
    return any(
        (call.tag, call.process, call.method, call.phase) == (tag, "reconciler", "UploadStore.end", END)
        for call in stage.trace.calls()
    )


def is_refused(stage: Stage, job: str, method: str, zombie: int) -> bool:
    """Whether what the zombie asks for as it goes on is refused, or given up by itself."""

    def answers() -> list[Any]:
        calls = [call for call in stage.trace.of(job) if (call.pid, call.method) == (zombie, method)]
        return [call for call in calls if call.phase != BEGIN]

    wait_until(answers, PATIENCE_SECONDS)
    time.sleep(STRAGGLER_SECONDS)
    return not any(call.phase == END and call.answer for call in answers())


def without_renewals(document: dict[str, Any]) -> dict[str, Any]:
    return document | {"lease": document["lease"]["token"]}
