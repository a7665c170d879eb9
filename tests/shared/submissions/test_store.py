"""Submissions: the reservation of the Idempotency-Key, and who may clean up after them."""

import asyncio
from datetime import timedelta

import pytest

from shared.clock import utc_now
from shared.mongo import Database
from shared.submissions.store import SubmissionInFlight, SubmissionStore

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)


@pytest.fixture
def submissions(database: Database) -> SubmissionStore:
    return SubmissionStore(database)


async def untouched(submissions: SubmissionStore, since_ago: timedelta) -> list[str]:
    return [submission.id async for submission in submissions.untouched_since(utc_now() - since_ago)]


async def test_of_ten_requests_with_one_key_one_may_begin(submissions: SubmissionStore) -> None:
    begun = (submissions.begin(f"job_{n}", "museum", "scan-17") for n in range(10))

    outcomes = await asyncio.gather(*begun, return_exceptions=True)

    assert outcomes.count(None) == 1
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [SubmissionInFlight] * 9


async def test_the_key_is_free_once_the_submission_has_ended(submissions: SubmissionStore) -> None:
    await submissions.begin("job_a", "museum", "scan-17")
    await submissions.end("job_a")
    await submissions.end("job_a")

    await submissions.begin("job_b", "museum", "scan-17")


async def test_keys_are_unique_per_owner_and_optional(submissions: SubmissionStore) -> None:
    await submissions.begin("job_a", "museum", "scan-17")
    await submissions.begin("job_b", "family", "scan-17")
    await submissions.begin("job_c", "museum", None)
    await submissions.begin("job_d", "museum", None)

    assert await untouched(submissions, -MINUTE) == ["job_a", "job_b", "job_c", "job_d"]


async def test_a_touched_submission_is_not_taken_for_abandoned(submissions: SubmissionStore) -> None:
    await submissions.begin("job_a", "museum", None)
    await submissions.begin("job_b", "museum", None)
    await asyncio.sleep(0.02)
    since = utc_now()

    assert await submissions.touch("job_a")

    assert [submission.id async for submission in submissions.untouched_since(since)] == ["job_b"]


async def test_a_submission_that_was_touched_again_cannot_be_abandoned(submissions: SubmissionStore) -> None:
    await submissions.begin("job_a", "museum", None)
    await submissions.touch("job_a")

    assert not await submissions.abandon("job_a", utc_now() - MINUTE)
    assert await submissions.touch("job_a")


async def test_an_abandoned_submission_cannot_become_a_job_and_waits_for_the_sweep(
    submissions: SubmissionStore,
) -> None:
    await submissions.begin("job_a", "museum", None)

    assert await submissions.abandon("job_a", utc_now() + MINUTE)

    assert not await submissions.touch("job_a")
    # If a sweep dies between this and removing the objects, the next one repeats it.
    assert await untouched(submissions, -MINUTE) == ["job_a"]
    assert await submissions.abandon("job_a", utc_now() + MINUTE)


async def test_a_submission_becomes_a_job_once_unless_it_was_abandoned(submissions: SubmissionStore) -> None:
    for job_id in ("job_a", "job_b"):
        await submissions.begin(job_id, "museum", None)
    await submissions.abandon("job_b", utc_now() + MINUTE)

    assert [await submissions.become_job(job_id) for job_id in ("job_a", "job_a", "job_b")] == [True, False, False]
    assert await untouched(submissions, -MINUTE) == ["job_b"]


async def test_an_ended_submission_is_neither_touched_nor_abandoned(submissions: SubmissionStore) -> None:
    await submissions.begin("job_a", "museum", None)
    await submissions.end("job_a")

    assert not await submissions.touch("job_a")
    assert not await submissions.abandon("job_a", utc_now() + MINUTE)
