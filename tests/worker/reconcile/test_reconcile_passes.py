"""Passes of the reconciler: concurrent, repeated, during an outage; and the remains of abandoned submissions."""

from dataclasses import replace

import anyio
import pytest

from shared.chunks.leases import ChunkLeases
from shared.chunks.store import ChunkStore
from shared.errors import QueueUnavailable, StoreUnavailable
from shared.lifecycle import Counts, JobState
from shared.mongo import open_database
from shared.queue import Queue
from shared.settings import MongoSettings
from shared.storage.errors import ObjectNotFound
from shared.storage.keys import job_prefix, source_key
from tests.fixtures.worker import Workplace
from tests.fixtures.worker_steps import Unreliable, later, passes, work_off
from tests.zoo.pictures import picture, scans

pytestmark = pytest.mark.anyio


async def abandoned_submission(workplace: Workplace) -> str:
    job_id = (await workplace.submit_archive(scans(1))).id.replace("job_", "job_Z")
    await workplace.stores.submissions.begin(job_id, "museum", "key")
    await workplace.storage.put(source_key(job_id), b"half a body", "application/zip")
    return job_id


async def test_the_remains_of_an_abandoned_submission_are_removed(workplace: Workplace) -> None:
    job_id = await abandoned_submission(workplace)

    await passes(workplace, clock=later(3600))

    with pytest.raises(ObjectNotFound):
        await workplace.storage.head(source_key(job_id))
    await workplace.stores.submissions.begin(job_id, "museum", "key")  # The Idempotency-Key is free again.


async def test_a_submission_that_is_still_arriving_is_left_alone(workplace: Workplace) -> None:
    job_id = await abandoned_submission(workplace)

    await passes(workplace)

    assert (await workplace.storage.head(source_key(job_id))).size == 11
    assert await workplace.stores.submissions.touch(job_id)


async def test_a_submission_that_has_become_a_job_keeps_its_bytes(workplace: Workplace) -> None:
    job = await workplace.submit_archive(scans(1))
    await workplace.stores.submissions.begin(job.id, "museum", None)

    await passes(workplace, clock=later(3600))

    assert (await workplace.storage.head(source_key(job.id))).size == job.source.bytes
    assert not await workplace.stores.submissions.touch(job.id)


async def test_a_job_inserted_after_the_sweep_of_its_submission_is_removed(workplace: Workplace) -> None:
    archive, single = await workplace.submit_archive(scans(1)), await workplace.submit_picture(picture())
    for job in (archive, single):
        await workplace.storage.delete_prefix(job_prefix(job.id))
    await workplace.stores.chunks.remove(single.id)

    await passes(workplace, clock=later(1))

    assert [await workplace.stores.jobs.get(job.id) for job in (archive, single)] == [None, None]
    assert workplace.messages(Queue.INGEST) == []


async def test_a_job_that_was_acknowledged_is_not_removed(workplace: Workplace) -> None:
    job = await workplace.submit_archive(scans(1))
    await workplace.job_service.begin_run(job)
    workplace.redis.flushdb()
    await workplace.storage.delete_prefix(job_prefix(job.id))

    await passes(workplace, clock=later(1))

    assert workplace.messages(Queue.INGEST) == [(job.id,)]


async def test_two_concurrent_reconcilers_count_nothing_twice(workplace: Workplace) -> None:
    queued, job = await workplace.submit_archive(scans(2)), await workplace.expanded(scans(6), chunk_items=1)
    await workplace.stores.leases.claim(job.id, 0, "dead", "worker", 0)
    await abandoned_submission(workplace)
    reconciler = workplace.reconciler(clock=later(3600))

    async with anyio.create_task_group() as both:
        both.start_soon(reconciler.reconcile)
        both.start_soon(reconciler.reconcile)

    assert (await workplace.chunk(job)).expiries == 1
    await workplace.expander().expand(queued.id)
    await work_off(workplace, workplace.colorizer())
    assert (await workplace.check(job)).counts == Counts(succeeded=6)
    assert (await workplace.check(queued)).counts == Counts(succeeded=2)


async def test_a_second_pass_finds_nothing_to_do(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(6), chunk_items=1)
    await passes(workplace)
    before = await workplace.job(job), workplace.messages(Queue.BULK)

    await passes(workplace)

    assert (await workplace.job(job), workplace.messages(Queue.BULK)) == before


async def test_an_unavailable_queue_blocks_only_what_needs_it(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(2))
    await workplace.stores.jobs.cancel(job.id)
    await workplace.submit_archive(scans(1))
    submission_id = await abandoned_submission(workplace)
    unavailable = Unreliable(workplace.queue, QueueUnavailable("gone"), away=True)

    with pytest.raises(QueueUnavailable):
        await passes(workplace, queue=unavailable, clock=later(3600))

    assert (await workplace.job(job)).state is JobState.CANCELED
    assert not await workplace.stores.submissions.touch(submission_id)


async def test_a_pass_without_a_store_raises_unavailable(workplace: Workplace) -> None:
    nowhere = MongoSettings.model_validate({"url": "mongodb://127.0.0.1:9/", "timeout_seconds": 0.2})
    async with open_database(nowhere) as database:
        stores = replace(workplace.stores, chunks=ChunkStore(database), leases=ChunkLeases(database))
        with pytest.raises(StoreUnavailable):
            await passes(workplace, stores=stores)
