"""Retries whose gateway or expander died or stalled, on real servers, and remains of the earlier run."""

import anyio
import pytest

from shared.jobs.documents import Failure
from shared.lifecycle import ChunkState, Counts, JobState
from shared.queue import Queue
from tests.fixtures.worker import Workplace
from tests.fixtures.worker_steps import later, passes, work_off
from tests.shared.archives.making import make_zip
from tests.worker.reconcile.retries import BLACK, ended, retried
from tests.zoo.pictures import black_picture, scans
from worker.leasing.lease import LeaseLost

pytestmark = pytest.mark.anyio


async def test_a_retry_whose_gateway_died_continues(workplace: Workplace) -> None:
    bulk, single = (
        await ended(workplace, make_zip(BLACK[:2]), "nan"),
        await workplace.submit_picture(black_picture()),
    )
    await workplace.colorizer("nan").colorize(single.id, 0)
    for job in (bulk, await workplace.job(single)):
        assert await workplace.stores.jobs.retry(job)

    await passes(workplace, clock=later(1))

    assert workplace.messages(Queue.INGEST) == [(bulk.id,)]
    assert workplace.messages(Queue.INTERACTIVE) == [(single.id, 0)]
    assert (await workplace.chunk(single)).run == 2


async def test_a_message_of_an_earlier_run_starts_nothing(workplace: Workplace) -> None:
    """It arrives before the chunk is reopened: the chunk still has the number of the earlier run."""
    job = await workplace.expanded(scans(2))
    await workplace.job_service.cancel(await workplace.job(job))
    assert await workplace.job_service.retry(await workplace.job(job))

    await workplace.colorizer().colorize(job.id, 0)

    assert ((await workplace.job(job)).state, (await workplace.chunk(job)).state) == (
        JobState.QUEUED,
        ChunkState.PENDING,
    )


async def test_progress_of_an_earlier_run_is_not_counted_in_this_one(workplace: Workplace) -> None:
    running = await retried(workplace, await ended(workplace, make_zip(BLACK[:4]), "nan"))

    await workplace.stores.jobs.add_progress(running.id, 1, Counts(failed=4))

    assert (await workplace.job(running)).progress == Counts()


async def test_a_retry_whose_expander_died_halfway_is_continued(workplace: Workplace) -> None:
    job = await ended(workplace, make_zip(BLACK), "nan", chunk_items=2)
    assert await workplace.job_service.retry(job)
    claimed = await workplace.stores.expansions.claim_expansion(job.id, "dead", "ingest", 0.001)
    assert claimed is not None
    await workplace.stores.chunks.reopen(job.id, 0, claimed.run)
    await anyio.sleep(0.01)

    await workplace.expander().expand(job.id)
    await work_off(workplace, workplace.colorizer())

    assert (await workplace.check(job)).counts == Counts(succeeded=6)


async def test_a_retry_canceled_while_it_reopens_its_chunks_has_exact_counts(workplace: Workplace) -> None:
    """Its expander was stalled and does not notice."""
    job = await ended(workplace, make_zip(BLACK), "nan", chunk_items=2)
    assert await workplace.job_service.retry(job)
    claimed = await workplace.stores.expansions.claim_expansion(job.id, "stalled", "ingest", 60)
    assert claimed is not None
    await workplace.stores.chunks.reopen(job.id, 0, claimed.run)
    assert await workplace.job_service.cancel(await workplace.job(job))

    expander = workplace.expander()
    with pytest.raises(LeaseLost):
        await expander._seal(claimed, "stalled", await expander._reopen(claimed))

    canceled = await workplace.check(job)
    assert (canceled.state, canceled.counts) == (JobState.CANCELED, Counts(failed=4, canceled=2))


async def test_a_stalled_expander_of_an_earlier_run_takes_no_chunk_from_this_one(workplace: Workplace) -> None:
    job = await workplace.submit_archive(scans(6), chunk_items=2)
    expansions, expander = workplace.stores.expansions, workplace.expander()
    stalled = await expansions.claim_expansion(job.id, "stalled", "ingest", 60)
    assert stalled is not None
    assert await expansions.fail_expansion(
        job.id, "stalled", Failure(code="archive_truncated", detail="It ends early.")
    )
    assert await workplace.job_service.retry(await workplace.job(job))
    workplace.drain(Queue.INGEST)
    insert = workplace.stores.chunks.insert
    early = [chunk async for chunk in expander._chunks(stalled)]
    await insert(early[:1])

    await workplace.expander().expand(job.id)
    await insert(early)
    await work_off(workplace, workplace.colorizer())

    assert (await workplace.check(job)).counts == Counts(succeeded=6)
    assert {(await workplace.chunk(job, no)).run for no in range(3)} == {2}
