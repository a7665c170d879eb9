"""The poison protocol: what takes workers down with it is found, given up, and nobody else is blamed.

`raises` stands for what kills a process: nothing is caught, recorded or handed back, and the lease runs out.
"""

import anyio
import pytest

from shared.jobs.documents import Job
from shared.lifecycle import Counts, ItemState, JobState
from shared.queue import Queue
from tests.fixtures.worker import Workplace, until
from tests.shared.archives.making import make_zip
from tests.zoo.pictures import black_picture, picture, scans
from worker.chunk.colorize import SUSPECTED_TWICE, SUSPICIOUS_EXPIRIES, ChunkColorizer

pytestmark = pytest.mark.anyio

POISONED = make_zip(
    [("0.jpg", picture(0)), ("1.jpg", picture(1)), ("black.jpg", black_picture()), ("3.jpg", picture(3))]
)


async def worker_life(workplace: Workplace, colorizer: ChunkColorizer, *jobs: Job) -> bool:
    """Work on the first chunk of each job at once until one of them takes all down. False: none did."""
    died = False
    try:
        async with anyio.create_task_group() as process:
            for job in jobs:
                process.start_soon(colorizer.colorize, job.id, 0)
    except* (ArithmeticError, anyio.BrokenResourceError):  # The next stage may notice first that this one is gone.
        died = True
    return died


async def test_the_picture_that_takes_workers_down_is_given_up_and_the_others_succeed(
    workplace: Workplace,
) -> None:
    job = await workplace.expanded(POISONED)
    deaths = 0

    while await worker_life(workplace, workplace.colorizer("raises"), job):
        deaths += 1
        await workplace.run_leases_out()

    assert deaths == SUSPICIOUS_EXPIRIES + SUSPECTED_TWICE
    ended = await workplace.check(job)
    assert (ended.state, ended.counts) == (JobState.PARTIALLY_SUCCEEDED, Counts(succeeded=3, failed=1))
    codes = {item.name: item.error and item.error.code for item in await workplace.items(job)}
    assert codes == {"0.jpg": None, "1.jpg": None, "black.jpg": "worker_lost", "3.jpg": None}


async def test_pictures_that_are_tried_beside_the_poison_are_not_blamed_for_it(workplace: Workplace) -> None:
    poisoned = await workplace.expanded(make_zip([("black.jpg", black_picture())]))
    innocent = await workplace.expanded(scans(5), chunk_items=5)

    for _ in range(SUSPICIOUS_EXPIRIES + SUSPECTED_TWICE):
        assert await worker_life(workplace, workplace.colorizer("raises"), innocent, poisoned)
        await workplace.run_leases_out()
    await worker_life(workplace, workplace.colorizer("raises"), innocent, poisoned)
    # The last death may have come between a chunk's last record and the end of its job.
    await workplace.reconciler().reconcile()

    assert (await workplace.check(poisoned)).counts == Counts(failed=1)
    assert (await workplace.check(innocent)).counts == Counts(succeeded=5)


async def suspected(workplace: Workplace, job: Job, expiries: int = SUSPICIOUS_EXPIRIES) -> None:
    """Let the lease on the first chunk run out so often that its pictures are under suspicion."""
    for _ in range(expiries):
        await workplace.stores.leases.claim(job.id, 0, "dead", "worker", 0)
        await workplace.run_leases_out()


async def test_under_suspicion_pictures_are_tried_one_at_a_time(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(3))
    await suspected(workplace, job)
    colorizer = workplace.colorizer(minibatch=4)

    await colorizer.colorize(job.id, 0)

    assert colorizer.colorizers.get("zoo").minibatches == [1, 1, 1]  # type: ignore[attr-defined]
    assert (await workplace.check(job)).counts == Counts(succeeded=3)


async def test_a_single_lost_worker_raises_no_suspicion(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(3))
    await suspected(workplace, job, expiries=1)
    colorizer = workplace.colorizer(minibatch=4)

    await colorizer.colorize(job.id, 0)

    assert colorizer.colorizers.get("zoo").minibatches == [3]  # type: ignore[attr-defined]


async def test_a_worker_that_is_to_end_clears_the_picture_it_was_trying_alone(workplace: Workplace) -> None:
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


async def test_a_chunk_under_suspicion_has_the_process_to_itself(workplace: Workplace) -> None:
    under_suspicion, other = (
        await workplace.expanded(scans(3)),
        await workplace.expanded(scans(8), chunk_items=8),
    )
    await suspected(workplace, under_suspicion)
    workplace.drain(Queue.BULK)
    colorizer = workplace.colorizer("slow", minibatch=4)

    async with anyio.create_task_group() as working:
        working.start_soon(colorizer.colorize, other.id, 0)
        working.start_soon(colorizer.colorize, under_suspicion.id, 0)

    passes = colorizer.colorizers.get("zoo").minibatches  # type: ignore[attr-defined]
    assert passes in ([4, 4, 1, 1, 1], [1, 1, 1, 4, 4])
    assert (await workplace.check(other)).counts == Counts(succeeded=8)
