"""Retention on real servers: what is deleted, what stays, and what a sweep must not touch."""

import asyncio
from datetime import timedelta

import anyio
import pytest

from shared.archives.errors import ArchiveTruncated
from shared.clock import utc_now
from shared.documents import Failure
from shared.jobs.documents import Job
from shared.jobs.usage import JobUsage
from shared.lifecycle import Counts, JobState
from shared.queue import Queue
from shared.storage.keys import job_prefix
from tests.fixtures.worker import Workplace
from tests.fixtures.worker_steps import passes, work_off
from tests.worker.reconcile.test_deleting import BRIEF, MOST_PASSES
from tests.zoo.pictures import picture, scans

pytestmark = pytest.mark.anyio

DAY = 86_400


async def finished(workplace: Workplace, **fields: object) -> Job:
    job = await workplace.expanded(scans(3), **fields)
    await work_off(workplace, workplace.colorizer())
    return await workplace.job(job)


async def canceled(workplace: Workplace, **fields: object) -> Job:
    job = await workplace.expanded(scans(3), **fields)
    await workplace.job_service.cancel(job)
    workplace.drain(Queue.BULK)
    return await workplace.job(job)


async def end_retention(workplace: Workplace, *jobs: Job) -> None:
    over = {"$set": {"expires_at": utc_now() - timedelta(seconds=1)}}
    for job in jobs:
        await workplace.database["jobs"].update_one({"_id": job.id}, over)


async def objects(workplace: Workplace, job: Job) -> list[str]:
    return [each.key async for each in workplace.storage.list_prefix(job_prefix(job.id))]


async def retired(workplace: Workplace, job: Job) -> Job:
    """Passes of a reconciler until only the record is left."""
    for _ in range(MOST_PASSES):
        await passes(workplace, lease=BRIEF)
        if (current := await workplace.job(job)).state is JobState.DELETED:
            return current
        await anyio.sleep(0.05)
    raise AssertionError(await workplace.job(job))


async def test_nothing_expires_unless_it_was_stated(workplace: Workplace) -> None:
    job = await finished(workplace)

    assert (job.finished_at is not None, job.expires_at) == (True, None)


async def test_retention_begins_when_the_job_ends_however_it_does(workplace: Workplace) -> None:
    succeeded = await finished(workplace, keep_seconds=DAY)
    unusable = await workplace.submit_archive(b"PK no archive", keep_seconds=DAY)
    await workplace.expander().expand(unusable.id)
    single = await workplace.submit_picture(picture(), keep_seconds=DAY)
    await workplace.job_service.cancel(single)

    for job in (succeeded, unusable, single):
        ended = await workplace.job(job)
        assert ended.state.is_terminal
        assert ended.finished_at is not None
        assert ended.expires_at == ended.finished_at + timedelta(days=1)


async def test_only_the_record_of_an_expired_job_stays(workplace: Workplace) -> None:
    job, other = await finished(workplace, keep_seconds=DAY), await finished(workplace, keep_seconds=DAY)
    await end_retention(workplace, job)

    after = await retired(workplace, job)

    assert after.retirement is not None
    assert (after.retirement.after, after.counts) == (JobState.SUCCEEDED, Counts(succeeded=3))
    assert after.retirement.completed_at is not None
    assert await objects(workplace, job) == []
    assert await workplace.stores.chunks.get(job.id, 0) is None
    assert (await workplace.check(other)).state is JobState.SUCCEEDED
    await passes(workplace, count=2, lease=BRIEF)
    assert await workplace.job(job) == after


async def test_an_expired_job_takes_none_of_its_owners_room(workplace: Workplace) -> None:
    usage = JobUsage(workplace.database)
    before = await usage.stored_bytes("museum")
    job = await finished(workplace, keep_seconds=DAY)
    assert await usage.stored_bytes("museum") > before

    await end_retention(workplace, job)
    await retired(workplace, job)

    assert await usage.stored_bytes("museum") == before


async def test_a_sweep_takes_nothing_from_a_job_that_runs_again(workplace: Workplace) -> None:
    job = await canceled(workplace, keep_seconds=DAY)
    await end_retention(workplace, job)
    [due] = [each async for each in workplace.stores.retirements.due()]
    assert await workplace.job_service.retry(await workplace.job(job))

    assert not await workplace.stores.retirements.begin(due, 0)
    await passes(workplace, count=2, lease=BRIEF)
    workplace.drain(Queue.INGEST)
    await workplace.expander().expand(job.id)
    await work_off(workplace, workplace.colorizer())

    again = await workplace.check(job)
    assert (again.state, again.run) == (JobState.SUCCEEDED, 2)
    assert again.expires_at is not None
    assert again.expires_at > utc_now()


async def test_of_a_retry_and_a_sweep_at_once_one_wins(workplace: Workplace) -> None:
    for _ in range(5):
        job = await canceled(workplace, keep_seconds=DAY)
        await end_retention(workplace, job)
        job = await workplace.job(job)

        retried, begun = await asyncio.gather(
            workplace.job_service.retry(job), workplace.stores.retirements.begin(job, 60)
        )

        assert retried != begun
        assert (await workplace.job(job)).state is (JobState.QUEUED if retried else JobState.DELETING)


async def test_an_owner_who_deletes_the_job_removes_its_record_too(workplace: Workplace) -> None:
    during, later = await finished(workplace, keep_seconds=DAY), await finished(workplace, keep_seconds=DAY)
    await end_retention(workplace, later)
    await retired(workplace, later)
    await end_retention(workplace, during)
    await passes(workplace, lease=BRIEF)
    assert (await workplace.job(during)).state is JobState.DELETING

    for job in (during, later):
        await workplace.job_service.delete(job.id, 0)
    for _ in range(MOST_PASSES):
        await passes(workplace, lease=BRIEF)
        await anyio.sleep(0.05)

    assert [await workplace.stores.jobs.get(job.id) for job in (during, later)] == [None, None]


async def test_an_unusable_source_of_another_holder_ends_nothing(workplace: Workplace) -> None:
    job = await workplace.submit_archive(scans(1), keep_seconds=DAY)
    await workplace.stores.expansions.claim_expansion(job.id, "mine", "ingest", 60)

    failure = Failure(code=ArchiveTruncated.code, detail="It ends early.")
    assert not await workplace.stores.expansions.fail_expansion(job.id, "another", failure)
    assert (await workplace.job(job)).state is JobState.EXPANDING
