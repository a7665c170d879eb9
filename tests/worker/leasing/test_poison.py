"""Poison pictures: the one that kills its workers is identified and given up, and no other is blamed.

The colorizer `raises` stands in for a crash: nothing is caught, recorded or handed back, and the lease expires.
"""

import anyio
import pytest

from shared.jobs.documents import Job
from shared.lifecycle import Counts, ItemState, JobState
from shared.queue import Queue
from tests.fixtures.worker import Workplace
from tests.fixtures.worker_steps import until
from tests.shared.archives.making import make_zip
from tests.zoo.pictures import black_picture, picture, scans
from worker.chunk.colorize import MAX_SUSPECTED, SUSPICIOUS_EXPIRIES, ChunkColorizer

pytestmark = pytest.mark.anyio

POISONED = make_zip(
    [("0.jpg", picture(0)), ("1.jpg", picture(1)), ("black.jpg", black_picture()), ("3.jpg", picture(3))]
)


async def worker_life(workplace: Workplace, colorizer: ChunkColorizer, *jobs: Job) -> bool:
    """Work on the first chunk of each job at once until one of them crashes the worker. False: none did."""
    crashed = False
    try:
        async with anyio.create_task_group() as process:
            for job in jobs:
                process.start_soon(colorizer.colorize, job.id, 0)
    except* (ArithmeticError, anyio.BrokenResourceError):  # The next stage may be the first to notice.
        crashed = True
    return crashed


async def test_the_poison_picture_is_given_up_and_the_others_succeed(
    workplace: Workplace,
) -> None:
    job = await workplace.expanded(POISONED)
    crashes = 0

    while await worker_life(workplace, workplace.colorizer("raises"), job):
        crashes += 1
        await workplace.run_leases_out()

    assert crashes == SUSPICIOUS_EXPIRIES + MAX_SUSPECTED
    ended = await workplace.check(job)
    assert (ended.state, ended.counts) == (JobState.PARTIALLY_SUCCEEDED, Counts(succeeded=3, failed=1))
    codes = {item.name: item.error and item.error.code for item in await workplace.items(job)}
    assert codes == {"0.jpg": None, "1.jpg": None, "black.jpg": "worker_lost", "3.jpg": None}


async def test_pictures_in_the_same_process_are_not_blamed(workplace: Workplace) -> None:
    poisoned = await workplace.expanded(make_zip([("black.jpg", black_picture())]))
    innocent = await workplace.expanded(scans(5), chunk_items=5)

    for _ in range(SUSPICIOUS_EXPIRIES + MAX_SUSPECTED):
        assert await worker_life(workplace, workplace.colorizer("raises"), innocent, poisoned)
        await workplace.run_leases_out()
    await worker_life(workplace, workplace.colorizer("raises"), innocent, poisoned)
    # The last crash may have happened between a chunk's last record and the settling of its job.
    await workplace.reconciler().reconcile()

    assert (await workplace.check(poisoned)).counts == Counts(failed=1)
    assert (await workplace.check(innocent)).counts == Counts(succeeded=5)


async def suspected(workplace: Workplace, job: Job, expiries: int = SUSPICIOUS_EXPIRIES) -> None:
    """Let the lease of the first chunk expire so often that its pictures are suspected."""
    for _ in range(expiries):
        await workplace.stores.leases.claim(job.id, 0, "dead", "worker", 0)
        await workplace.run_leases_out()


async def test_suspected_pictures_are_tried_one_at_a_time(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(3))
    await suspected(workplace, job)
    colorizer = workplace.colorizer(minibatch=4)

    await colorizer.colorize(job.id, 0)

    assert colorizer.colorizers.get("zoo").minibatches == [1, 1, 1]  # type: ignore[attr-defined]
    assert (await workplace.check(job)).counts == Counts(succeeded=3)


async def test_a_single_lost_worker_makes_no_picture_suspected(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(3))
    await suspected(workplace, job, expiries=1)
    colorizer = workplace.colorizer(minibatch=4)

    await colorizer.colorize(job.id, 0)

    assert colorizer.colorizers.get("zoo").minibatches == [3]  # type: ignore[attr-defined]


async def test_shutting_down_clears_the_suspicion_of_the_current_picture(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(3))
    await suspected(workplace, job)

    async def is_suspected() -> bool:
        return any(item.suspect for item in (await workplace.chunk(job)).items)

    async with anyio.create_task_group() as working:
        working.start_soon(workplace.colorizer("slow").colorize, job.id, 0)
        await until(is_suspected)
        workplace.stopping.set()

    chunk = await workplace.chunk(job)
    assert chunk.expiries == SUSPICIOUS_EXPIRIES
    assert {item.suspect for item in chunk.items if item.state is ItemState.PENDING} == {0}


async def test_a_suspected_chunk_has_the_process_to_itself(workplace: Workplace) -> None:
    suspected_job, other = (
        await workplace.expanded(scans(3)),
        await workplace.expanded(scans(8), chunk_items=8),
    )
    await suspected(workplace, suspected_job)
    workplace.drain(Queue.BULK)
    colorizer = workplace.colorizer("slow", minibatch=4)

    async with anyio.create_task_group() as working:
        working.start_soon(colorizer.colorize, other.id, 0)
        working.start_soon(colorizer.colorize, suspected_job.id, 0)

    passes = colorizer.colorizers.get("zoo").minibatches  # type: ignore[attr-defined]
    assert passes in ([4, 4, 1, 1, 1], [1, 1, 1, 4, 4])
    assert (await workplace.check(other)).counts == Counts(succeeded=8)
