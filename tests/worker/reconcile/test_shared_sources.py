"""Deleting a job whose source others share: the source stays for as long as they need it, and no longer."""

from datetime import UTC, datetime

import anyio
import pytest

from shared.chunks.documents import copied, new_chunk
from shared.jobs.documents import Job, JobKind, Totals
from shared.jobs.usage import JobUsage
from shared.lifecycle import JobState
from shared.queue import Queue
from shared.storage.keys import job_prefix
from tests.fixtures.worker import Workplace
from tests.fixtures.worker_steps import later, passes, until, work_off
from tests.worker.derived import derived, submit_derived
from tests.worker.reconcile.test_deleting import BRIEF, LONG, leftovers, removed
from tests.zoo.pictures import scans

pytestmark = pytest.mark.anyio


async def finished(workplace: Workplace) -> Job:
    job = await workplace.expanded(scans(4), chunk_items=2)
    await work_off(workplace, workplace.colorizer())
    return await workplace.job(job)


async def recolored(workplace: Workplace, origin: Job, items: list[int] | None = None) -> Job:
    job = await submit_derived(workplace, origin, items)
    await workplace.expander().expand(job.id)
    await work_off(workplace, workplace.colorizer())
    return await workplace.job(job)


async def held(workplace: Workplace, job: Job) -> None:
    """Delete a job, and let reconcilers work until only its source is left."""
    await workplace.job_service.delete(job.id, 0)

    async def is_held() -> bool:
        await passes(workplace, lease=BRIEF)
        return (await workplace.job(job)).held_since is not None

    await until(is_held)


async def objects(workplace: Workplace, job: Job) -> list[str]:
    return [each.key async for each in workplace.storage.list_prefix(job_prefix(job.id))]


async def test_the_source_outlives_its_job_for_as_long_as_another_needs_it(workplace: Workplace) -> None:
    origin = await finished(workplace)
    sharing = await recolored(workplace, origin)
    usage = JobUsage(workplace.database)
    before = await usage.stored_bytes("museum")
    assert before == origin.source_bytes + origin.result_bytes + sharing.result_bytes

    await held(workplace, origin)

    assert await leftovers(workplace, origin) == [f"jobs/{origin.id}/source", f"jobs/{origin.id}"]
    assert await usage.stored_bytes("museum") == before - origin.result_bytes
    again = await recolored(workplace, sharing, [0, 3])
    assert (again.state, again.root) == (JobState.SUCCEEDED, origin.id)

    await workplace.job_service.delete(sharing.id, 0)
    await removed(workplace, sharing)
    assert await objects(workplace, origin) == [f"jobs/{origin.id}/source"]
    await workplace.job_service.delete(again.id, 0)
    await removed(workplace, again)
    await removed(workplace, origin)
    assert await usage.stored_bytes("museum") == 0


async def test_items_are_kept_until_they_are_copied(workplace: Workplace) -> None:
    origin = await finished(workplace)
    sharing = await submit_derived(workplace, origin, [1, 2])
    await workplace.job_service.delete(origin.id, 0)
    await passes(workplace, count=4, lease=BRIEF)
    assert len(await workplace.items(origin)) == 4

    await workplace.expander().expand(sharing.id)
    await work_off(workplace, workplace.colorizer())

    assert (await workplace.job(sharing)).state is JobState.SUCCEEDED
    await held(workplace, origin)
    assert await workplace.items(origin) == []


async def test_a_job_in_between_is_deleted_once_its_items_are_copied(workplace: Workplace) -> None:
    origin = await finished(workplace)
    between = await recolored(workplace, origin)
    last = await submit_derived(workplace, between)
    await workplace.job_service.delete(between.id, 0)
    await passes(workplace, count=4, lease=BRIEF)
    assert (await workplace.job(between)).held_since is None
    assert len(await workplace.items(between)) == 4

    await workplace.expander().expand(last.id)

    await removed(workplace, between)
    assert (await workplace.job(origin)).state is JobState.SUCCEEDED


async def test_a_job_that_is_being_deleted_needs_the_source_until_it_is_gone(workplace: Workplace) -> None:
    """A worker that has not noticed the deletion yet may still be reading."""
    origin = await finished(workplace)
    sharing = await recolored(workplace, origin)
    await workplace.job_service.delete(sharing.id, LONG)
    await held(workplace, origin)

    await passes(workplace, count=3, lease=BRIEF)

    assert await objects(workplace, origin) == [f"jobs/{origin.id}/source"]


async def test_a_retention_that_is_over_spares_the_source_too(workplace: Workplace) -> None:
    origin = await finished(workplace)
    sharing = await recolored(workplace, origin)
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    await workplace.database["jobs"].update_one({"_id": origin.id}, {"$set": {"expires_at": long_ago}})
    (due,) = [job async for job in workplace.stores.retirements.due()]
    assert await workplace.stores.retirements.begin(due, 0)

    async def is_held() -> bool:
        await passes(workplace, lease=BRIEF)
        return (await workplace.job(origin)).held_since is not None

    await until(is_held)
    assert await objects(workplace, origin) == [f"jobs/{origin.id}/source"]

    await workplace.job_service.delete(sharing.id, 0)
    await removed(workplace, sharing)

    async def is_retired() -> bool:
        await passes(workplace, lease=BRIEF)
        return (await workplace.job(origin)).state is JobState.DELETED

    await until(is_retired)
    assert await objects(workplace, origin) == []
    assert (await workplace.job(origin)).held_since is None


@pytest.mark.parametrize("kind", ["archive", "picture"])
async def test_a_job_that_its_gateway_did_not_confirm_is_confirmed_and_sent(workplace: Workplace, kind: str) -> None:
    origin = await finished(workplace)
    job = await unconfirmed(workplace, origin, kind)

    await passes(workplace, clock=later(60))

    assert (await workplace.job(job)).is_confirmed
    queue = Queue.INGEST if kind == "archive" else Queue.INTERACTIVE
    assert [message[0] for message in workplace.messages(queue)] == [job.id]


@pytest.mark.parametrize("kind", ["archive", "picture"])
async def test_an_unconfirmed_job_of_one_that_is_being_deleted_is_taken_back(workplace: Workplace, kind: str) -> None:
    origin = await finished(workplace)
    job = await unconfirmed(workplace, origin, kind)
    await workplace.job_service.delete(origin.id, LONG)

    await passes(workplace, clock=later(60))
    await workplace.reconciler().remove_orphans()

    assert await leftovers(workplace, job) == []
    assert workplace.messages(Queue.INGEST) == workplace.messages(Queue.INTERACTIVE) == []


async def test_a_confirmed_job_is_never_taken_back(workplace: Workplace) -> None:
    origin = await finished(workplace)
    job = await unconfirmed(workplace, origin, "archive")
    sources = workplace.stores.shared_sources
    assert await sources.confirm(job.id, origin.id)
    await workplace.job_service.delete(origin.id, LONG)

    assert await sources.confirm(job.id, origin.id)
    await passes(workplace, clock=later(60))

    assert [message[0] for message in workplace.messages(Queue.INGEST)] == [job.id]


async def unconfirmed(workplace: Workplace, origin: Job, kind: str) -> Job:
    if kind == "archive":
        return await submit_derived(workplace, origin, confirmed=False)
    (item, *_) = await workplace.items(origin)
    job = derived(
        origin, [0], confirmed=False, kind=JobKind.SINGLE, chunks=1, next_no=1, totals=Totals(items=1, bytes=1)
    )
    await workplace.stores.chunks.insert([new_chunk(job.id, 0, Queue.INTERACTIVE, [copied(item, 0)])])
    await workplace.stores.jobs.insert(job)
    return job


async def test_the_record_of_a_retired_job_needs_no_source(workplace: Workplace) -> None:
    origin = await finished(workplace)
    sharing = await recolored(workplace, origin)
    await workplace.database["jobs"].update_one({"_id": sharing.id}, {"$set": {"state": JobState.DELETED}})

    await workplace.job_service.delete(origin.id, 0)

    await removed(workplace, origin)


async def test_many_reconcilers_delete_an_origin_and_those_that_share_it(workplace: Workplace) -> None:
    origin = await finished(workplace)
    sharing = [await recolored(workplace, origin, [no]) for no in range(3)]
    for job in (origin, *sharing):
        await workplace.job_service.delete(job.id, 0)

    async with anyio.create_task_group() as group:
        for job in (origin, *sharing):
            group.start_soon(removed, workplace, job)
