"""Jobs as a whole: when they are settled, with which counts, and how they are canceled."""

import asyncio

import pytest

from shared.chunks.documents import chunk_id
from shared.jobs.dispatch import Dispatcher
from shared.jobs.documents import Job
from shared.jobs.service import EMPTY_ARCHIVE, NOTHING_SUCCEEDED, JobService
from shared.lifecycle import Counts, ItemState, JobState
from tests.shared.jobs.bench import Bench

pytestmark = pytest.mark.anyio

SUCCEEDED, FAILED = ItemState.SUCCEEDED, ItemState.FAILED


async def exhaust(dispatcher: Dispatcher, job: Job) -> None:
    while await dispatcher.send_next(job.id):
        pass


async def test_a_job_is_not_settled_before_its_last_chunk_is_done(job_service: JobService, bench: Bench) -> None:
    job = await bench.sealed(3)
    await bench.finish(job, 0)
    assert not await job_service.settle(job.id)
    await exhaust(job_service.dispatcher, job)
    await bench.finish(job, 1)
    assert not await job_service.settle(job.id)
    await bench.claim(job, 2)

    assert not await job_service.settle(job.id)


@pytest.mark.parametrize(
    ("outcomes", "state", "error"),
    [
        ([SUCCEEDED, SUCCEEDED], JobState.SUCCEEDED, None),
        ([SUCCEEDED, FAILED], JobState.PARTIALLY_SUCCEEDED, None),
        ([FAILED, FAILED], JobState.FAILED, NOTHING_SUCCEEDED),
    ],
)
async def test_a_settled_job_has_exact_counts(
    job_service: JobService, bench: Bench, outcomes: list[ItemState], state: JobState, error: object
) -> None:
    job = await bench.sealed(3, skipped=frozenset({2}))
    await exhaust(job_service.dispatcher, job)
    for no, outcome in enumerate(outcomes):
        await bench.finish(job, no, outcome)

    assert await job_service.settle(job.id)

    ended = await bench.ended(job)
    expected = Counts(succeeded=outcomes.count(SUCCEEDED), failed=outcomes.count(FAILED), skipped=1)
    assert (ended.state, ended.counts, ended.error) == (state, expected, error)


async def test_ten_settlers_at_once_settle_once(job_service: JobService, bench: Bench) -> None:
    job = await bench.sealed(4)
    await exhaust(job_service.dispatcher, job)
    for no in range(4):
        await bench.finish(job, no)
    before = await bench.ended(job)

    settled = await asyncio.gather(*(job_service.settle(job.id) for _ in range(10)))

    after = await bench.ended(job)
    assert settled.count(True) == 1
    assert (after.version, after.counts) == (before.version + 1, Counts(succeeded=4))


async def test_an_archive_without_a_picture_fails_at_once(job_service: JobService, bench: Bench) -> None:
    job = await bench.sealed(6, skipped=frozenset(range(6)))

    assert not await job_service.dispatcher.send_next(job.id)
    assert await job_service.settle(job.id)

    ended = await bench.ended(job)
    assert (ended.state, ended.error, ended.counts) == (JobState.FAILED, EMPTY_ARCHIVE, Counts(skipped=6))


async def test_a_cancel_keeps_finished_items_and_ends_the_job(job_service: JobService, bench: Bench) -> None:
    job = await bench.sealed(5, skipped=frozenset({4}))
    await exhaust(job_service.dispatcher, job)
    await bench.finish(job, 0)
    await bench.finish(job, 1, FAILED)
    held = await bench.claim(job, 2)

    assert await job_service.cancel(job)

    ended = await bench.ended(job)
    assert ended.state is JobState.CANCELED
    assert ended.counts == Counts(succeeded=1, failed=1, skipped=1, canceled=2)
    # The guard refuses the worker that still holds it.
    assert not await bench.stores.leases.renew(held.id, "mine", 60)


async def test_a_job_canceled_before_it_was_sealed_has_no_items(job_service: JobService, bench: Bench) -> None:
    job = bench.make_job()
    await bench.stores.jobs.insert(job)
    await bench.stores.expansions.claim_expansion(job.id, "expander", "ingest", 60)
    await bench.stores.chunks.insert([bench.make_chunk(job=job.id)])

    assert await job_service.cancel(job)

    ended = await bench.ended(job)
    assert (ended.state, ended.counts) == (JobState.CANCELED, Counts())


async def test_a_chunk_claimed_while_its_job_is_canceled_delays_the_end_until_it_is_handed_back(
    job_service: JobService, bench: Bench
) -> None:
    job = await bench.sealed(2)
    await bench.stores.jobs.cancel(job.id)
    await bench.claim(job, 0)

    assert not await job_service.settle(job.id)

    await bench.stores.leases.hand_back(chunk_id(job.id, 0), "mine")
    assert await job_service.settle(job.id)
    assert (await bench.ended(job)).counts == Counts(canceled=2)


async def test_an_interrupted_cancel_is_finished_by_the_next_one(job_service: JobService, bench: Bench) -> None:
    job = await bench.sealed(2)
    await bench.claim(job, 0)
    await bench.stores.jobs.cancel(job.id)

    assert not await job_service.cancel(job)

    assert (await bench.ended(job)).state is JobState.CANCELED


async def test_a_cancel_of_an_ended_job_changes_nothing(job_service: JobService, bench: Bench) -> None:
    job = await bench.sealed(1)
    await exhaust(job_service.dispatcher, job)
    await bench.finish(job, 0)
    await job_service.settle(job.id)
    ended = await bench.ended(job)

    assert not await job_service.cancel(job)

    assert await bench.ended(job) == ended


async def test_a_concurrent_cancel_and_settle_end_a_job_once(job_service: JobService, bench: Bench) -> None:
    for _ in range(5):
        job = await bench.sealed(2)
        await exhaust(job_service.dispatcher, job)
        await bench.finish(job, 0)
        await bench.finish(job, 1)

        await asyncio.gather(job_service.cancel(job), job_service.settle(job.id))

        ended = await bench.ended(job)
        assert ended.state in (JobState.SUCCEEDED, JobState.CANCELED)
        assert ended.counts == Counts(succeeded=2)
