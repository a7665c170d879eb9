"""Deleting a job on real servers: nothing of it is left, and nothing comes back."""

import anyio
import pytest

from shared.chunks.documents import Chunk
from shared.jobs.documents import Job
from shared.lifecycle import ChunkState, JobState
from shared.queue import Queue
from shared.settings import LeaseSettings
from shared.storage.keys import job_prefix
from tests.fixtures.worker import Workplace
from tests.fixtures.worker_steps import passes, until, work_off
from tests.zoo.pictures import picture, scans

pytestmark = pytest.mark.anyio

# For the leases on deletions as well as those of workers.
BRIEF = LeaseSettings(seconds=0.3, renew_seconds=0.1, grace_seconds=0.1)
LONG = 60.0
MOST_PASSES = 20


async def leftovers(workplace: Workplace, job: Job) -> list[str]:
    """Every object and document of a job."""
    remains = [each.key async for each in workplace.storage.list_prefix(job_prefix(job.id))]
    for name in ("jobs", "chunks", "uploads"):
        criteria = {"$or": [{"_id": job.id}, {"job": job.id}]}
        remains += [f"{name}/{document['_id']}" async for document in workplace.database[name].find(criteria)]
    return remains


async def removed(workplace: Workplace, job: Job) -> None:
    """Passes of a reconciler until nothing is left."""
    for _ in range(MOST_PASSES):
        await passes(workplace, lease=BRIEF)
        if not await leftovers(workplace, job):
            return
        await anyio.sleep(0.05)
    raise AssertionError(await leftovers(workplace, job))


@pytest.mark.parametrize("kind", ["archive", "picture"])
async def test_nothing_of_a_finished_job_is_left(workplace: Workplace, kind: str) -> None:
    job = await (workplace.expanded(scans(6)) if kind == "archive" else workplace.submit_picture(picture()))
    await workplace.colorizer().colorize(job.id, 0)
    await work_off(workplace, workplace.colorizer())
    other = await workplace.submit_picture(picture())
    assert await leftovers(workplace, job)

    await workplace.job_service.delete(job.id, 0)
    assert (await workplace.job(job)).state is JobState.DELETING
    await removed(workplace, job)

    assert len(await leftovers(workplace, other)) == 3


async def test_objects_are_kept_during_the_grace_period(workplace: Workplace) -> None:
    job = await workplace.submit_picture(picture())
    await workplace.job_service.delete(job.id, LONG)

    await passes(workplace, count=3, lease=BRIEF)

    assert (await workplace.job(job)).state is JobState.DELETING
    assert [each.key async for each in workplace.storage.list_prefix(job_prefix(job.id))] == [job.source.key]


async def test_a_worker_loses_its_lease_and_records_nothing_more(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(40), chunk_items=40)
    workplace.lease = LeaseSettings(seconds=20, renew_seconds=0.05)

    async def started() -> bool:
        return (await workplace.chunk(job)).counts.succeeded > 0

    async with anyio.create_task_group() as group:
        group.start_soon(workplace.colorizer("slow").colorize, job.id, 0)
        await until(started)
        await workplace.job_service.delete(job.id, 0)
        recorded = (await workplace.chunk(job)).counts

    chunk = await workplace.chunk(job)
    assert (chunk.state, chunk.lease, chunk.counts) == (ChunkState.PENDING, None, recorded)
    assert recorded.pending > 0
    await removed(workplace, job)


async def test_a_late_message_for_a_deleted_job_is_ignored(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(2))
    await workplace.job_service.delete(job.id, LONG)

    await workplace.colorizer().colorize(job.id, 0)
    await workplace.expander().expand(job.id)

    assert (await workplace.chunk(job)).counts.pending == 2
    await workplace.job_service.delete(job.id, 0)
    assert (await workplace.job(job)).state is JobState.DELETING


async def test_the_grace_period_restarts_when_leases_had_not_been_revoked(workplace: Workplace) -> None:
    """The gateway that deleted the job died before it revoked the leases."""
    job = await workplace.expanded(scans(2))
    assert await workplace.stores.leases.claim(job.id, 0, "unaware", "worker", LONG)
    await workplace.stores.jobs.delete(job.id, 0)

    await passes(workplace, lease=LeaseSettings(grace_seconds=LONG))
    await passes(workplace, lease=BRIEF)

    assert (await workplace.chunk(job)).lease is None
    assert [each.key async for each in workplace.storage.list_prefix(job_prefix(job.id))] == [job.source.key]


async def test_a_deletion_continues_after_its_reconciler_died(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(2))
    await workplace.job_service.delete(job.id, 0)
    removals = workplace.stores.removals
    assert await removals.claim(job.id, "dead", "reconciler", 0.2)
    assert not await removals.claim(job.id, "late", "reconciler", 60)

    await removed(workplace, job)

    assert not await removals.complete(job.id, "dead")


async def test_many_reconcilers_delete_a_job_together(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(12), chunk_items=2)
    await work_off(workplace, workplace.colorizer())
    await workplace.job_service.delete(job.id, 0)

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(removed, workplace, job)


async def test_a_job_being_deleted_cannot_be_changed(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(2))
    await workplace.job_service.delete(job.id, LONG)
    deleting = await workplace.job(job)

    assert not await workplace.job_service.cancel(deleting)
    assert not await workplace.job_service.retry(deleting)
    assert not await workplace.job_service.settle(job.id)
    assert not await workplace.stores.jobs.delete(job.id, 0)
    assert await workplace.job(job) == deleting


async def test_chunks_that_a_stalled_expander_inserts_after_the_deletion_are_removed(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(4), chunk_items=2)
    late: list[Chunk] = [chunk async for chunk in workplace.expander()._chunks(job)]
    await workplace.job_service.delete(job.id, 0)
    await removed(workplace, job)
    await workplace.stores.chunks.insert(late)
    alive = await workplace.expanded(scans(2))
    await workplace.database["chunks"].update_many({"job": alive.id}, {"$set": {"dispatched_at": None}})

    await workplace.reconciler().remove_orphans()

    assert await leftovers(workplace, job) == []
    assert (await workplace.chunk(alive)).counts.pending == 2


async def test_the_chunk_of_a_picture_being_submitted_is_no_orphan(workplace: Workplace) -> None:
    job = await workplace.submit_picture(picture())
    await workplace.database["jobs"].delete_one({"_id": job.id})
    await workplace.stores.submissions.begin(job.id, "museum", None)

    await workplace.reconciler().remove_orphans()

    assert (await workplace.chunk(job)).queue is Queue.INTERACTIVE
