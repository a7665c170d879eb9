"""A message is a hint: one that is duplicated, late, malformed, or for an unknown job changes nothing."""

import json
import random
from typing import Any

import pytest

from shared.lifecycle import ChunkState
from shared.queue import Queue, TaskName, make_celery
from tests.faults import archives
from tests.faults.checker import check
from tests.faults.failpoints import AFTER, BEFORE, HOLD, Failpoint
from tests.faults.stage import BULK, CHUNK_ITEMS, Stage
from tests.faults.stories import PATIENCE_SECONDS, submit, submit_and_cancel
from tests.fixtures.stack import wait_until

pytestmark = pytest.mark.faults

CHUNKS = 3
COPIES = 5
Message = tuple[str, str, list[Any]]


@pytest.fixture(autouse=True)
def no_unacked_messages(stage: Stage) -> None:
    """Remove what workers killed by an earlier test left unacknowledged. It would be redelivered after 15 minutes."""
    stage.redis.delete("unacked", "unacked_index")


def test_a_duplicated_message_is_processed_once(stage: Stage, rng: random.Random) -> None:
    submission = archives.photographs(CHUNKS * CHUNK_ITEMS, rng)
    at_work = Failpoint(BULK.name, "ChunkLeases.record", AFTER, HOLD, nth=2, tag=submission.tag)
    with stage.held(at_work) as working:
        job = stage.submit(submission)
        stage.wait_until_fired(working)
        send(stage, COPIES * messages_of(job))
    stage.client.wait_until_over(job, PATIENCE_SECONDS)
    wait_until_drained(stage)

    check(stage, submission.tag)
    # Claimed once, plus once for every lease that expired because the machine was busy.
    assert all(chunk["claims"] == 1 + chunk["expiries"] for chunk in stage.documents(job)["chunks"])


@pytest.mark.parametrize("play", [submit, submit_and_cancel])
def test_messages_after_the_end_of_a_job_change_nothing(stage: Stage, rng: random.Random, play: Any) -> None:
    submission = archives.mixture(CHUNKS * CHUNK_ITEMS, rng)
    play(stage, submission)
    (job,) = stage.jobs_of(submission)
    wait_until_drained(stage)
    before = stage.documents(job)

    send(stage, COPIES * messages_of(job))
    wait_until_drained(stage)

    after = stage.documents(job)
    assert after["jobs"] == before["jobs"]
    assert list(map(without_traces_of_messages, after["chunks"])) == list(
        map(without_traces_of_messages, before["chunks"])
    )
    check(stage, submission.tag)


def test_messages_that_are_malformed_or_for_unknown_jobs_do_no_harm(stage: Stage, rng: random.Random) -> None:
    for queue in Queue:
        stage.redis.lpush(queue.value, b"neither JSON nor anything else")
    send(
        stage,
        [
            *messages_of("job_00000000000000000000000000"),
            ("chunk.develop", Queue.BULK, ["job_a", 0]),
            (TaskName.CHUNK_COLORIZE, Queue.BULK, ["job_a"]),
        ],
    )

    for submission in (archives.mixture(CHUNK_ITEMS, rng), archives.single_photograph(rng)):
        submit(stage, submission)
        check(stage, submission.tag)


def test_a_message_is_acknowledged_only_after_its_work_is_done(stage: Stage, rng: random.Random) -> None:
    submission = archives.photographs(CHUNK_ITEMS, rng)
    wait_until_drained(stage)
    with stage.held(Failpoint(BULK.name, "S3Storage.put", BEFORE, HOLD, tag=submission.tag)) as working:
        job = stage.submit(submission)
        stage.wait_until_fired(working)

        assert [Queue.BULK.value] == [queue for queue in under_way(stage) if queue != Queue.INGEST.value]
    stage.client.wait_until_over(job, PATIENCE_SECONDS)
    wait_until_drained(stage)


def messages_of(job: str) -> list[Message]:
    """Every message that a job can have, and one for a chunk that does not exist."""
    chunks = [(TaskName.CHUNK_COLORIZE, Queue.BULK, [job, no]) for no in range(CHUNKS + 1)]
    return [(TaskName.JOB_EXPAND, Queue.INGEST, [job]), *chunks]


def send(stage: Stage, messages: list[Message]) -> None:
    with make_celery(stage.environment["PHOTOCHROM_REDIS__URL"]) as celery:
        for task, queue, arguments in messages:
            celery.send_task(task, args=arguments, queue=queue)


def wait_until_drained(stage: Stage) -> None:
    """Wait until no message is queued or being processed."""
    wait_until(
        lambda: not any(stage.redis.llen(queue.value) for queue in Queue) and not stage.redis.hlen("unacked"),
        PATIENCE_SECONDS,
    )


def under_way(stage: Stage) -> list[str]:
    """The queues of the messages that were delivered and not yet acknowledged."""
    return [json.loads(taken)[2] for taken in stage.redis.hvals("unacked")]


def without_traces_of_messages(chunk: dict[str, Any]) -> dict[str, Any]:
    """Without the fields that a late message changes: it makes a worker claim and release a chunk of a canceled job."""
    assert chunk["state"] in (ChunkState.PENDING, ChunkState.DONE)
    return {name: value for name, value in chunk.items() if name not in ("claims", "dispatched_at", "resends")}
