"""A job is colorized anew while it is being deleted: either the new job is refused, or the source stays for it."""

import random
import time
from functools import partial

import httpx
import pytest

from tests.faults import archives
from tests.faults.archives import Submission, new_tag
from tests.faults.failpoints import AFTER, BEFORE, HOLD, KILL, Failpoint
from tests.faults.ledger import sha256
from tests.faults.stage import CHUNK_ITEMS, GATEWAY, RECONCILER, Stage
from tests.faults.stories import PATIENCE_SECONDS
from tests.fixtures.stack import wait_until

pytestmark = pytest.mark.faults

TAKEN_BACK = (404, "job_deleted")


def origin_of(stage: Stage, rng: random.Random) -> tuple[str, Submission]:
    submission = archives.photographs(2 * CHUNK_ITEMS, rng)
    job = stage.submit(submission)
    stage.client.wait_until_over(job, PATIENCE_SECONDS)
    stage.watcher.leave(job)
    return job, submission


def derive(stage: Stage, origin: str, tag: str) -> httpx.Response:
    """Repeat the request until it is answered for good. The model is asked for nothing new: results are the same."""
    body = {"source": {"type": "job", "job": origin}}
    accepted = (404,)
    return stage.client.request_until_answered(
        "POST", "/jobs", json=body, headers={"Idempotency-Key": tag}, tag=tag, accept=accepted
    )


def outcome(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("code")


def colorized_anew(stage: Stage, answer: httpx.Response, submission: Submission) -> None:
    """The job was accepted: it must have every result, whatever became of the other job."""
    assert answer.status_code == 202, answer.text
    job = answer.json()["id"]
    assert stage.client.wait_until_over(job, PATIENCE_SECONDS)["state"] == "succeeded"
    made = [item["result"]["sha256"] for item in stage.client.items(job)]
    assert made == [stage.results[sha256(entry.content)][0] for entry in submission.entries]
    stage.client.delete(job)
    stage.client.wait_until_gone(job, PATIENCE_SECONDS)


def gone(stage: Stage, job: str) -> None:
    stage.client.wait_until_gone(job, PATIENCE_SECONDS)
    assert stage.keys(f"jobs/{job}/") == []
    assert list(stage.mongo["chunks"].find({"job": job})) == []


def test_a_job_that_is_being_removed_is_not_colorized_anew(stage: Stage, rng: random.Random) -> None:
    """The reconciler has found that nobody shares its source, and has not removed it yet."""
    origin, _ = origin_of(stage, rng)
    checked = Failpoint(RECONCILER.name, "SharedSources.is_shared", AFTER, HOLD, about=origin)
    with stage.held(checked) as removing:
        stage.client.delete(origin)
        stage.wait_until_fired(removing, PATIENCE_SECONDS)
        assert outcome(derive(stage, origin, new_tag())) == TAKEN_BACK

    gone(stage, origin)


def test_a_job_that_is_inserted_after_the_removal_is_taken_back(stage: Stage, rng: random.Random) -> None:
    origin, _ = origin_of(stage, rng)
    tag = new_tag()
    with stage.held(Failpoint(GATEWAY.name, "JobStore.insert", BEFORE, HOLD, tag=tag)) as inserting:
        answer = stage.in_background(partial(derive, stage, origin, tag))
        stage.wait_until_fired(inserting)
        stage.client.delete(origin)
        gone(stage, origin)

    # The gateway takes it back, or the request is repeated, and the other job is unknown by then.
    status, code = outcome(answer.result())
    assert (status, code in ("job_deleted", "job_not_found")) == (404, True)
    assert list(stage.mongo["jobs"].find({"idempotency.key": tag})) == []


@pytest.mark.parametrize("action", [HOLD, KILL])
def test_a_job_that_is_inserted_before_the_removal_is_taken_back_or_complete(
    stage: Stage, rng: random.Random, action: str
) -> None:
    """Its gateway stalls or dies before it has looked whether the other job is kept."""
    origin, submission = origin_of(stage, rng)
    tag = new_tag()
    stall = Failpoint(GATEWAY.name, "SharedSources.confirm", BEFORE, action, about=origin)
    name = stage.arm(stall)
    answer = stage.in_background(partial(derive, stage, origin, tag))
    stage.wait_until_fired(name)
    stage.client.delete(origin)
    wait_until(lambda: not stage.mongo["jobs"].find_one({"_id": origin, "lease.worker": "grace"}), PATIENCE_SECONDS)
    stage.armory.release(name)

    if answer.result().status_code == 202:
        colorized_anew(stage, answer.result(), submission)
    gone(stage, origin)
    wait_until(lambda: not list(stage.mongo["jobs"].find({"idempotency.key": tag})), PATIENCE_SECONDS)


def test_an_accepted_job_keeps_the_source_of_one_that_is_deleted_at_once(stage: Stage, rng: random.Random) -> None:
    origin, submission = origin_of(stage, rng)
    # Without the expander, the deletion would be over before any item is copied.
    with stage.without("ingest"):
        answer = derive(stage, origin, new_tag())
        stage.client.delete(origin)
        wait_until(lambda: not stage.keys(f"jobs/{origin}/results/"), PATIENCE_SECONDS)
        time.sleep(1)

    colorized_anew(stage, answer, submission)
    gone(stage, origin)


def test_jobs_that_share_a_source_are_deleted_with_it_at_once(stage: Stage, rng: random.Random) -> None:
    origin, _ = origin_of(stage, rng)
    jobs = [derive(stage, origin, new_tag()).json()["id"] for _ in range(3)]

    for job in (*jobs, origin):
        stage.client.delete(job)

    for job in (*jobs, origin):
        gone(stage, job)
