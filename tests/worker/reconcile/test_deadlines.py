"""Deadlines on real servers: kept with and without workers, and given anew by a retry."""

from datetime import timedelta
from typing import Any

import pytest

from shared.clock import utc_now
from shared.jobs.documents import Job
from shared.lifecycle import Counts, JobState
from shared.queue import Queue
from tests.fixtures.worker import Workplace
from tests.fixtures.worker_steps import passes, work_off
from tests.zoo.pictures import picture, scans

pytestmark = pytest.mark.anyio


async def move_deadline(workplace: Workplace, job: Job, **since: Any) -> None:
    moved = {"deadline": utc_now() - timedelta(**(since or {"seconds": 1}))}
    await workplace.database["jobs"].update_one({"_id": job.id}, {"$set": moved})


async def test_without_any_worker_a_job_expires_all_the_same(workplace: Workplace) -> None:
    running, queued = await workplace.expanded(scans(8)), await workplace.submit_archive(scans(2))
    single = await workplace.submit_picture(picture())
    for job in (running, queued, single):
        await move_deadline(workplace, job)

    await passes(workplace)

    ended = [await workplace.job(job) for job in (running, queued, single)]
    assert [job.state for job in ended] == [JobState.EXPIRED] * 3
    assert [job.counts for job in ended] == [Counts(expired=8), Counts(), Counts(expired=1)]
    await workplace.check(running)


async def test_a_worker_starts_no_chunk_after_the_deadline(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(8), chunk_items=2)
    colorizer = workplace.colorizer()
    await colorizer.colorize(job.id, 0)
    await move_deadline(workplace, job)

    await work_off(workplace, colorizer)

    ended = await workplace.check(job)
    assert (ended.state, ended.counts) == (JobState.PARTIALLY_SUCCEEDED, Counts(succeeded=2, expired=6))


async def test_a_worker_whose_clock_is_ahead_expires_nothing(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await workplace.expanded(scans(2))
    await move_deadline(workplace, job, hours=-1)
    monkeypatch.setattr("worker.chunk.colorize.utc_now", lambda: utc_now() + timedelta(hours=2))

    await work_off(workplace, workplace.colorizer())

    assert (await workplace.check(job)).state is JobState.SUCCEEDED


async def test_a_lease_that_is_lost_after_the_deadline_leaves_its_items_expired(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(2), chunk_items=2)
    assert await workplace.stores.leases.claim(job.id, 0, "crashed", "worker", 60)
    await move_deadline(workplace, job)
    await passes(workplace)
    assert (await workplace.job(job)).state is JobState.EXPIRING

    await workplace.run_leases_out()
    await passes(workplace)

    ended = await workplace.check(job)
    assert (ended.state, ended.counts) == (JobState.EXPIRED, Counts(expired=2))


async def test_expired_items_are_processed_by_a_retry(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(6), chunk_items=2)
    await workplace.colorizer().colorize(job.id, 1)
    await move_deadline(workplace, job)
    await passes(workplace)
    workplace.drain(Queue.BULK)

    new = utc_now() + timedelta(hours=1)
    assert await workplace.job_service.retry(await workplace.job(job), deadline=new)
    assert workplace.drain(Queue.INGEST) == [(job.id,)]
    await workplace.expander().expand(job.id)
    assert (await workplace.job(job)).order == [0, 2]
    await work_off(workplace, workplace.colorizer())

    ended = await workplace.check(job)
    assert (ended.state, ended.run, ended.counts) == (JobState.SUCCEEDED, 2, Counts(succeeded=6))
