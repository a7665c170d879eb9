"""Deadlines: what no worker has started by then expires, and what one has started is finished."""

from datetime import timedelta

import pytest

from shared.clock import utc_now
from shared.jobs.documents import Job, JobKind
from shared.jobs.service import DEADLINE_PASSED, JobService
from shared.lifecycle import Counts, ItemState, JobState
from shared.mongo import Database
from tests.shared.jobs.bench import Bench
from tests.shared.jobs.conftest import Maker

pytestmark = pytest.mark.anyio

PAST = timedelta(seconds=-1)


async def with_deadline(database: Database, bench: Bench, job: Job, after: timedelta = PAST) -> Job:
    await database["jobs"].update_one({"_id": job.id}, {"$set": {"deadline": utc_now() + after}})
    return await bench.ended(job)


@pytest.mark.parametrize(
    ("outcomes", "state", "counts"),
    [
        ([], JobState.EXPIRED, Counts(expired=3)),
        ([ItemState.FAILED], JobState.EXPIRED, Counts(failed=1, expired=2)),
        ([ItemState.SUCCEEDED], JobState.PARTIALLY_SUCCEEDED, Counts(succeeded=1, expired=2)),
        ([ItemState.SUCCEEDED] * 3, JobState.SUCCEEDED, Counts(succeeded=3)),
        ([ItemState.FAILED] * 3, JobState.FAILED, Counts(failed=3)),
    ],
)
async def test_the_state_follows_from_what_was_finished_in_time(
    *,
    database: Database,
    job_service: JobService,
    bench: Bench,
    outcomes: list[ItemState],
    state: JobState,
    counts: Counts,
) -> None:
    job = await bench.sealed(3)
    for no, outcome in enumerate(outcomes):
        await bench.finish(job, no, outcome)

    assert await job_service.expire(await with_deadline(database, bench, job))

    ended = await bench.ended(job)
    assert (ended.state, ended.counts) == (state, counts)
    assert (ended.error == DEADLINE_PASSED) == (state is JobState.EXPIRED)
    assert ended.finished_at is not None


async def test_what_a_worker_has_claimed_is_finished(database: Database, job_service: JobService, bench: Bench) -> None:
    job = await bench.sealed(2)
    chunk = await bench.claim(job, 0)
    await job_service.expire(await with_deadline(database, bench, job))
    assert (await bench.ended(job)).state is JobState.EXPIRING

    finished = {0: chunk.items[0].model_copy(update={"state": ItemState.SUCCEEDED})}
    assert await bench.stores.leases.record(chunk.id, "mine", finished, Counts(succeeded=1))
    assert await job_service.settle(job.id)

    ended = await bench.ended(job)
    assert (ended.state, ended.counts) == (JobState.PARTIALLY_SUCCEEDED, Counts(succeeded=1, expired=1))


async def test_a_job_that_was_never_expanded_expires_without_items(
    database: Database, job_service: JobService, bench: Bench, maker: Maker
) -> None:
    queued, expanding = await maker.inserted(), await maker.expanding()
    single = await maker.inserted(kind=JobKind.SINGLE)

    for job in (queued, expanding, single):
        assert await job_service.expire(await with_deadline(database, bench, job))

    assert {(await bench.ended(job)).state for job in (queued, expanding, single)} == {JobState.EXPIRED}
    assert not await bench.stores.expansions.renew_expansion(expanding.id, "mine", 60)
    assert await maker.seal(expanding) is None


async def test_a_job_does_not_expire_before_its_deadline_or_after_its_end(
    database: Database, job_service: JobService, bench: Bench, maker: Maker
) -> None:
    early = await with_deadline(database, bench, await maker.running(), timedelta(hours=1))
    without = await maker.running()
    canceled = await with_deadline(database, bench, await maker.inserted())
    await job_service.cancel(canceled)

    assert not any([await job_service.expire(job) for job in (early, without, canceled)])
    assert [(await bench.ended(job)).state for job in (early, without)] == [JobState.RUNNING] * 2


async def test_a_retry_takes_the_new_deadline_and_the_expired_items(
    database: Database, job_service: JobService, bench: Bench
) -> None:
    job = await bench.sealed(3)
    await bench.finish(job, 0)
    await job_service.expire(await with_deadline(database, bench, job))
    new = utc_now() + timedelta(hours=1)

    assert await job_service.retry(await bench.ended(job), deadline=new)

    retried = await bench.ended(job)
    assert (retried.state, retried.run, retried.deadline) == (JobState.QUEUED, 2, new)
    assert retried.current_counts() == Counts(succeeded=1, pending=2)


async def test_an_expiring_job_can_be_canceled(database: Database, job_service: JobService, bench: Bench) -> None:
    job = await bench.sealed(2)
    await bench.claim(job, 0)
    await job_service.expire(await with_deadline(database, bench, job))

    assert await job_service.cancel(await bench.ended(job))

    ended = await bench.ended(job)
    assert (ended.state, ended.counts) == (JobState.CANCELED, Counts(canceled=2))
