"""A retry on real servers: another run for failed and canceled items, and for nothing else."""

import anyio
import pytest

from shared.chunks.documents import Item, Result, counts_with
from shared.documents import Failure
from shared.jobs.documents import Job
from shared.lifecycle import Counts, ItemState, JobState
from shared.queue import Queue
from tests.fixtures.worker import WINDOW, Workplace
from tests.fixtures.worker_steps import passes, work_off
from tests.shared.archives.making import Forged, forge_zip, make_zip
from tests.worker.reconcile.retries import BLACK, ended, retried
from tests.zoo.pictures import black_picture, picture, scans

pytestmark = pytest.mark.anyio

RESULT = Result(
    key="jobs/none", bytes=1, sha256="0" * 64, crc32=0, width=1, height=1, media_type="image/jpeg", checkpoint="5" * 64
)
BROKEN = make_zip([("a.jpg", b"no picture"), *[(f"{number}.jpg", picture()) for number in range(5)]])


async def keys_of(workplace: Workplace, job: Job) -> dict[int, str]:
    return {item.index: item.results[0].key for item in await workplace.items(job) if item.results}


async def test_failed_items_are_repeated_and_succeeded_ones_kept(workplace: Workplace) -> None:
    job = await workplace.expanded(make_zip(BLACK), chunk_items=2)
    await workplace.colorizer().colorize(job.id, 0)
    await work_off(workplace, workplace.colorizer("nan"))
    first = await workplace.check(job)
    kept = await keys_of(workplace, job)

    running = await retried(workplace, first)
    waiting = workplace.messages(Queue.BULK)
    await work_off(workplace, workplace.colorizer())

    second = await workplace.check(job)
    assert (first.state, first.counts) == (JobState.PARTIALLY_SUCCEEDED, Counts(succeeded=2, failed=4))
    assert (running.state, running.run, running.order) == (JobState.RUNNING, 2, [1, 2])
    assert running.current_counts() == Counts(succeeded=2, pending=4)
    assert waiting == [(job.id, 1), (job.id, 2)]
    assert (second.state, second.counts) == (JobState.SUCCEEDED, Counts(succeeded=6))
    assert second.progress == second.counts
    assert kept.items() <= (await keys_of(workplace, job)).items()


async def test_only_chosen_items_are_repeated(workplace: Workplace) -> None:
    """Chunks 1 and 2 have two failed items each."""
    job = await workplace.expanded(make_zip(BLACK), chunk_items=2)
    await workplace.colorizer().colorize(job.id, 0)
    await work_off(workplace, workplace.colorizer("nan"))
    first = await workplace.check(job)

    assert await workplace.job_service.retry(first, items=[3])
    assert workplace.drain(Queue.INGEST) == [(job.id,)]
    await workplace.expander().expand(job.id)
    running = await workplace.job(job)
    await work_off(workplace, workplace.colorizer())

    second = await workplace.check(job)
    assert (running.order, running.current_counts()) == ([1], Counts(succeeded=2, failed=3, pending=1))
    assert (second.state, second.counts) == (JobState.PARTIALLY_SUCCEEDED, Counts(succeeded=3, failed=3))
    assert second.progress == second.counts
    assert [item.index for item in await workplace.items(job) if item.results] == [0, 1, 3]

    await retried(workplace, second)
    await work_off(workplace, workplace.colorizer())
    assert (await workplace.check(job)).counts == Counts(succeeded=6)


async def test_canceled_items_are_processed(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(12), chunk_items=2)
    await workplace.colorizer().colorize(job.id, 3)
    await workplace.job_service.cancel(await workplace.job(job))
    workplace.drain(Queue.BULK)
    canceled = await workplace.check(job)

    running = await retried(workplace, canceled)
    assert workplace.messages(Queue.BULK) == [(job.id, no) for no in (0, 1, 2, 4)]
    await work_off(workplace, workplace.colorizer())

    assert canceled.counts == Counts(succeeded=2, canceled=10)
    assert running.order == [0, 1, 2, 4, 5]
    assert running.next_no == WINDOW
    assert (await workplace.check(job)).counts == Counts(succeeded=12)


async def test_an_entry_without_a_locator_stays_failed(workplace: Workplace) -> None:
    encrypted = Forged(b"secret.jpg", picture(), flags=1)
    job = await ended(workplace, forge_zip([encrypted, Forged(b"a.jpg", picture())]))
    assert (job.state, job.counts) == (JobState.PARTIALLY_SUCCEEDED, Counts(succeeded=1, failed=1))

    again = await retried(workplace, job)

    assert again.order == []
    settled = await workplace.check(job)
    assert (settled.state, settled.run, settled.counts) == (JobState.PARTIALLY_SUCCEEDED, 2, job.counts)


async def test_a_picture_that_fails_again_is_counted_once(workplace: Workplace) -> None:
    job = await ended(workplace, BROKEN, chunk_items=4)

    again = await retried(workplace, job)
    await work_off(workplace, workplace.colorizer())

    assert again.order == [0]
    settled = await workplace.check(job)
    assert (settled.run, settled.counts, settled.progress) == (2, job.counts, job.counts)


async def test_an_unusable_source_is_read_again(workplace: Workplace) -> None:
    """All its chunks are inserted, including those of which an earlier run left some."""
    job = await workplace.submit_archive(scans(6), chunk_items=2)
    expansions = workplace.stores.expansions
    assert await expansions.claim_expansion(job.id, "mine", "ingest", 60)
    await workplace.stores.chunks.insert([chunk async for chunk in workplace.expander()._chunks(job)][:2])
    assert await expansions.fail_expansion(job.id, "mine", Failure(code="archive_truncated", detail="It ends early."))

    again = await retried(workplace, await workplace.job(job))
    await work_off(workplace, workplace.colorizer())

    assert (again.run, again.error, again.chunks) == (2, None, 3)
    assert (await workplace.check(job)).counts == Counts(succeeded=6)


async def test_a_job_that_succeeded_or_runs_is_not_retried(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(2))
    assert not await workplace.job_service.retry(job)
    await work_off(workplace, workplace.colorizer())

    assert not await workplace.job_service.retry(await workplace.check(job))
    assert (await workplace.job(job)).run == 1


async def test_one_of_many_concurrent_retries_starts_a_run(workplace: Workplace) -> None:
    job = await ended(workplace, make_zip(BLACK[:2]), "nan")
    outcomes: list[bool] = []

    async def retry() -> None:
        outcomes.append(await workplace.job_service.retry(job))

    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(retry)

    assert sorted(outcomes) == [False] * 7 + [True]
    assert (await workplace.job(job)).run == 2


async def test_a_single_picture_is_tried_again(workplace: Workplace) -> None:
    job = await workplace.submit_picture(black_picture())
    await workplace.colorizer("nan").colorize(job.id, 0)
    failed = await workplace.check(job)

    assert await workplace.job_service.retry(failed)
    assert workplace.drain(Queue.INTERACTIVE) == [(job.id, 0)]
    await workplace.colorizer().colorize(job.id, 0)

    assert (failed.state, failed.counts) == (JobState.FAILED, Counts(failed=1))
    settled = await workplace.check(job)
    assert (settled.state, settled.run, settled.counts) == (JobState.SUCCEEDED, 2, Counts(succeeded=1))


async def test_a_single_picture_that_finished_before_its_cancel_is_not_repeated(workplace: Workplace) -> None:
    job = await workplace.submit_picture(picture())
    leases, jobs = workplace.stores.leases, workplace.stores.jobs
    chunk = await leases.claim(job.id, 0, "mine", "worker", 60)
    assert chunk is not None
    assert await jobs.start_single(job.id, 1)
    done = {0: chunk.items[0].model_copy(update={"state": ItemState.SUCCEEDED, "results": [RESULT]})}
    assert await leases.record(chunk.id, "mine", done, counts_with(chunk, done))
    await workplace.job_service.cancel(await workplace.job(job))
    canceled = await workplace.job(job)

    assert await workplace.job_service.retry(canceled)

    settled = await workplace.job(job)
    assert (canceled.state, settled.state) == (JobState.CANCELED, JobState.SUCCEEDED)
    assert workplace.messages(Queue.INTERACTIVE) == []


async def test_a_retry_clears_suspicions(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(1))
    leases = workplace.stores.leases
    chunk = await leases.claim(job.id, 0, "mine", "worker", 60)
    assert chunk is not None
    lost: dict[int, Item] = {
        0: chunk.items[0].model_copy(
            update={
                "state": ItemState.FAILED,
                "suspect": 2,
                "error": Failure(code="worker_lost", detail="Workers ended."),
            }
        )
    }
    assert await leases.record(chunk.id, "mine", lost, counts_with(chunk, lost))
    assert await workplace.job_service.settle(job.id)

    await retried(workplace, await workplace.job(job))

    again = await workplace.chunk(job)
    assert (again.expiries, again.claims, again.items[0].suspect, again.items[0].error) == (0, 0, 0, None)


async def test_the_window_of_a_retry_is_topped_up(workplace: Workplace) -> None:
    """Its chunk numbers are not consecutive."""
    job = await workplace.expanded(make_zip(BLACK), chunk_items=1)
    for no in (1, 3):
        await workplace.colorizer().colorize(job.id, no)
    await work_off(workplace, workplace.colorizer("nan"))
    running = await retried(workplace, await workplace.check(job))
    assert running.order == [0, 2, 4, 5]
    workplace.drain(Queue.BULK)
    await workplace.database["chunks"].update_one({"_id": f"{job.id}:5"}, {"$set": {"dispatched_at": None}})

    await passes(workplace, resend_seconds=60)

    assert workplace.messages(Queue.BULK) == [(job.id, 5)]
