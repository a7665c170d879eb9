"""A rolling restart of all workers under load, with real processes: nothing is lost, nothing finished is repeated."""

import anyio
import pytest

from shared.jobs.documents import Job
from shared.lifecycle import Counts, JobState
from shared.queue import Queue
from tests.fixtures.worker import Workplace
from tests.fixtures.worker_process import START_SECONDS, Process, StartWorker
from tests.fixtures.worker_steps import passes, until, work_off
from tests.zoo.pictures import scans

pytestmark = pytest.mark.anyio

ROLES = ("ingest", "bulk", "bulk")
# Celery looks for a signal once a second; then a worker has at most one picture to wait for.
GRACE_SECONDS = 8
# So slow that the work outlasts the restarts.
PACE = {"PHOTOCHROM_WORKER__COLORIZER": "tests.faults.colorizer:load", "FAULTS_PACE": "0.75"}
PICTURES = 60

Keys = dict[tuple[str, int], str]


async def finished_keys(workplace: Workplace, *jobs: Job) -> Keys:
    """The object of each result that is recorded."""
    return {
        (job.id, item.index): item.results[0].key for job in jobs for item in await workplace.items(job) if item.results
    }


async def has_more_than(workplace: Workplace, count: int, *jobs: Job) -> bool:
    return len(await finished_keys(workplace, *jobs)) > count


async def have_ended(workplace: Workplace, *jobs: Job) -> bool:
    await passes(workplace)
    return all([(await workplace.job(job)).state.is_terminal for job in jobs])


async def replaced(worker: Process, role: str, start: StartWorker) -> None:
    worker.popen.terminate()
    assert await worker.ends(GRACE_SECONDS) == 0, worker.output
    await start(role, **PACE).logs("worker.ready")


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_all_workers_are_replaced_one_after_another(workplace: Workplace, start: StartWorker) -> None:
    jobs = [await workplace.submit_archive(scans(PICTURES), chunk_items=6) for _ in range(2)]
    for job in jobs:
        await workplace.job_service.begin_run(job)
    workers = [start(role, **PACE) for role in ROLES]
    for worker in workers:
        await worker.logs("worker.ready")

    finished: Keys = {}
    for role, worker in zip(ROLES, workers, strict=True):
        before = len(finished)
        # Each has some work in hand when its signal comes.
        await until(lambda before=before: has_more_than(workplace, before, *jobs), START_SECONDS)  # type: ignore[misc]
        await replaced(worker, role, start)
        finished |= await finished_keys(workplace, *jobs)
    assert len(finished) < len(jobs) * PICTURES, "the restarts came after the work"

    await until(lambda: have_ended(workplace, *jobs), 150)

    for job in jobs:
        ended = await workplace.check(job)
        assert (ended.state, ended.run, ended.counts) == (JobState.SUCCEEDED, 1, Counts(succeeded=PICTURES))
        assert ended.progress == ended.counts
        assert {chunk.expiries async for chunk in workplace.stores.chunks.in_order(job.id)} == {0}
    assert finished.items() <= (await finished_keys(workplace, *jobs)).items()


async def test_a_stopped_worker_records_what_it_has_finished_before_it_hands_back(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(8), chunk_items=8)
    colorizer = workplace.colorizer("steady", minibatch=1, record_seconds=60.0)

    async with anyio.create_task_group() as group:
        group.start_soon(colorizer.colorize, job.id, 0)
        # One is put after the other, so that the third comes after the ends of two.
        await until(lambda: are_stored(workplace, job, 3))
        workplace.stopping.set()

    chunk = await workplace.chunk(job)
    assert chunk.counts.succeeded >= 2
    assert (chunk.lease, chunk.counts.pending > 0) == (None, True)
    finished = await finished_keys(workplace, job)
    workplace.stopping = anyio.Event()
    assert workplace.messages(Queue.BULK)
    await work_off(workplace, workplace.colorizer())
    ended = await workplace.check(job)
    assert ended.progress == ended.counts
    assert finished.items() <= (await finished_keys(workplace, job)).items()


async def are_stored(workplace: Workplace, job: Job, count: int) -> bool:
    stored = [each.key async for each in workplace.storage.list_prefix(f"jobs/{job.id}/results/")]
    return len(stored) >= count
