"""What gateway, worker and reconciler do alike: send, move the window on, settle, cancel."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from shared.chunks.documents import Chunk, Item, chunk_id, counts_with
from shared.chunks.leases import ChunkLeases
from shared.chunks.store import ChunkStore
from shared.dispatch import EMPTY_ARCHIVE, NOTHING_SUCCEEDED, Dispatcher
from shared.jobs.documents import Job, JobKind, Totals
from shared.jobs.expansion import Expansions
from shared.jobs.lifecycle import Counts, ItemState, JobState
from shared.jobs.store import JobStore
from shared.queue import Queue, TaskName
from tests.shared.conftest import NotedQueue

pytestmark = pytest.mark.anyio

SUCCEEDED, FAILED, SKIPPED = ItemState.SUCCEEDED, ItemState.FAILED, ItemState.SKIPPED


@dataclass(frozen=True)
class Bench:
    """A job on the real stores, and what a worker would do with it."""

    jobs: JobStore
    expansions: Expansions
    chunks: ChunkStore
    leases: ChunkLeases
    make_job: Callable[..., Job]
    make_chunk: Callable[..., Chunk]

    async def sealed(self, chunks: int, skipped: frozenset[int] = frozenset()) -> Job:
        """A running job of one-item chunks, of which those in `skipped` have nothing in them to do."""
        job = self.make_job()
        made = [self._chunk(job, no, SKIPPED if no in skipped else ItemState.PENDING) for no in range(chunks)]
        await self.jobs.insert(job)
        await self.expansions.claim_expansion(job.id, "expander", "ingest", 60)
        await self.chunks.insert(made)
        totals, settled = Totals(items=chunks, bytes=chunks), Counts(skipped=len(skipped))
        sealed = await self.expansions.seal(job.id, "expander", chunks=chunks, totals=totals, settled=settled)
        assert sealed is not None
        return sealed

    def _chunk(self, job: Job, no: int, state: ItemState) -> Chunk:
        item = Item(index=no, name=f"{no}", member=f"{no}", locator={"offset": no}, state=state)
        return self.make_chunk(job=job.id, no=no, items=[item])

    async def claim(self, job: Job, no: int, token: str = "mine") -> Chunk:
        chunk = await self.leases.claim(job.id, no, token, "worker", 60)
        assert chunk is not None
        return chunk

    async def finish(self, job: Job, no: int, outcome: ItemState = SUCCEEDED) -> None:
        chunk = await self.claim(job, no)
        finished = {0: chunk.items[0].model_copy(update={"state": outcome})}
        assert await self.leases.record(chunk.id, "mine", finished, counts_with(chunk, finished))

    async def ended(self, job: Job) -> Job:
        after = await self.jobs.get(job.id)
        assert after is not None
        return after


@pytest.fixture
def bench(
    jobs: JobStore,
    expansions: Expansions,
    chunks: ChunkStore,
    leases: ChunkLeases,
    make_job: Callable[..., Job],
    make_chunk: Callable[..., Chunk],
) -> Bench:
    return Bench(jobs, expansions, chunks, leases, make_job, make_chunk)


async def exhaust(dispatcher: Dispatcher, job: Job) -> None:
    while await dispatcher.send_next(job.id):
        pass


async def test_an_archive_is_sent_to_be_expanded(dispatcher: Dispatcher, bench: Bench, noted: NotedQueue) -> None:
    job = bench.make_job()
    await bench.jobs.insert(job)

    await dispatcher.send_job(job)

    assert noted.sent == [(TaskName.JOB_EXPAND, Queue.INGEST, (job.id,))]
    assert (await bench.ended(job)).sent_at is not None


async def test_a_single_picture_is_sent_to_be_colorized_before_all_archives(
    dispatcher: Dispatcher, bench: Bench, noted: NotedQueue
) -> None:
    job = bench.make_job(kind=JobKind.SINGLE)
    await bench.chunks.insert([bench.make_chunk(job=job.id)])
    await bench.jobs.insert(job)

    await dispatcher.send_job(job)

    assert noted.sent == [(TaskName.CHUNK_COLORIZE, Queue.INTERACTIVE, (job.id, 0))]


async def test_what_was_sent_in_vain_can_be_missed(dispatcher: Dispatcher, bench: Bench, noted: NotedQueue) -> None:
    noted.away = True
    job = await bench.sealed(2)

    assert await dispatcher.send_next(job.id)

    assert [chunk.no async for chunk in bench.chunks.waiting()] == [0]


async def test_the_window_steps_over_chunks_without_work(
    dispatcher: Dispatcher, bench: Bench, noted: NotedQueue
) -> None:
    job = await bench.sealed(8, skipped=frozenset({0, 1, 2, 4, 7}))

    sent = [await dispatcher.send_next(job.id) for _ in range(4)]

    assert sent == [True, True, True, False]
    assert noted.sent_numbers == [3, 5, 6]


async def test_no_chunk_is_sent_twice_by_workers_that_move_on_at_once(
    dispatcher: Dispatcher, bench: Bench, noted: NotedQueue
) -> None:
    job = await bench.sealed(12)

    await asyncio.gather(*(dispatcher.send_next(job.id) for _ in range(16)))

    assert sorted(noted.sent_numbers) == list(range(12))


async def test_a_chunk_under_way_is_not_sent(dispatcher: Dispatcher, bench: Bench, noted: NotedQueue) -> None:
    job = await bench.sealed(1)
    await bench.claim(job, 0)

    assert not await dispatcher.send_chunk(job.id, 0, Queue.BULK)
    assert noted.sent == []


async def test_a_job_is_not_settled_before_its_last_chunk_is_done(dispatcher: Dispatcher, bench: Bench) -> None:
    job = await bench.sealed(3)
    await bench.finish(job, 0)
    assert not await dispatcher.settle(job.id)
    await exhaust(dispatcher, job)
    await bench.finish(job, 1)
    assert not await dispatcher.settle(job.id)
    await bench.claim(job, 2)

    assert not await dispatcher.settle(job.id)


@pytest.mark.parametrize(
    ("outcomes", "state", "error"),
    [
        ([SUCCEEDED, SUCCEEDED], JobState.SUCCEEDED, None),
        ([SUCCEEDED, FAILED], JobState.PARTIALLY_SUCCEEDED, None),
        ([FAILED, FAILED], JobState.FAILED, NOTHING_SUCCEEDED),
    ],
)
async def test_a_settled_job_has_exact_counts(
    dispatcher: Dispatcher, bench: Bench, outcomes: list[ItemState], state: JobState, error: object
) -> None:
    job = await bench.sealed(3, skipped=frozenset({2}))
    await exhaust(dispatcher, job)
    for no, outcome in enumerate(outcomes):
        await bench.finish(job, no, outcome)

    assert await dispatcher.settle(job.id)

    ended = await bench.ended(job)
    expected = Counts(succeeded=outcomes.count(SUCCEEDED), failed=outcomes.count(FAILED), skipped=1)
    assert (ended.state, ended.counts, ended.error) == (state, expected, error)


async def test_ten_settlers_at_once_settle_once(dispatcher: Dispatcher, bench: Bench) -> None:
    job = await bench.sealed(4)
    await exhaust(dispatcher, job)
    for no in range(4):
        await bench.finish(job, no)
    before = await bench.ended(job)

    settled = await asyncio.gather(*(dispatcher.settle(job.id) for _ in range(10)))

    after = await bench.ended(job)
    assert settled.count(True) == 1
    assert (after.version, after.counts) == (before.version + 1, Counts(succeeded=4))


async def test_an_archive_without_a_picture_fails_at_once(dispatcher: Dispatcher, bench: Bench) -> None:
    job = await bench.sealed(6, skipped=frozenset(range(6)))

    assert not await dispatcher.send_next(job.id)
    assert await dispatcher.settle(job.id)

    ended = await bench.ended(job)
    assert (ended.state, ended.error, ended.counts) == (JobState.FAILED, EMPTY_ARCHIVE, Counts(skipped=6))


async def test_a_cancel_keeps_what_was_done_and_ends_the_job(dispatcher: Dispatcher, bench: Bench) -> None:
    job = await bench.sealed(5, skipped=frozenset({4}))
    await exhaust(dispatcher, job)
    await bench.finish(job, 0)
    await bench.finish(job, 1, FAILED)
    held = await bench.claim(job, 2)

    assert await dispatcher.cancel(job)

    ended = await bench.ended(job)
    assert ended.state is JobState.CANCELED
    assert ended.counts == Counts(succeeded=1, failed=1, skipped=1, canceled=2)
    # The worker that still holds it is told by the guard.
    assert not await bench.leases.renew(held.id, "mine", 60)


async def test_a_job_canceled_before_it_was_sealed_has_no_items(dispatcher: Dispatcher, bench: Bench) -> None:
    job = bench.make_job()
    await bench.jobs.insert(job)
    await bench.expansions.claim_expansion(job.id, "expander", "ingest", 60)
    await bench.chunks.insert([bench.make_chunk(job=job.id)])

    assert await dispatcher.cancel(job)

    ended = await bench.ended(job)
    assert (ended.state, ended.counts) == (JobState.CANCELED, Counts())


async def test_a_chunk_claimed_while_its_job_is_canceled_holds_up_the_end_until_it_is_handed_back(
    dispatcher: Dispatcher, bench: Bench
) -> None:
    job = await bench.sealed(2)
    await bench.jobs.cancel(job.id)
    await bench.claim(job, 0)

    assert not await dispatcher.settle(job.id)

    await bench.leases.hand_back(chunk_id(job.id, 0), "mine")
    assert await dispatcher.settle(job.id)
    assert (await bench.ended(job)).counts == Counts(canceled=2)


async def test_a_cancel_that_died_half_way_is_finished_by_the_next(dispatcher: Dispatcher, bench: Bench) -> None:
    job = await bench.sealed(2)
    await bench.claim(job, 0)
    await bench.jobs.cancel(job.id)

    assert not await dispatcher.cancel(job)

    assert (await bench.ended(job)).state is JobState.CANCELED


async def test_a_cancel_of_an_ended_job_changes_nothing(dispatcher: Dispatcher, bench: Bench) -> None:
    job = await bench.sealed(1)
    await exhaust(dispatcher, job)
    await bench.finish(job, 0)
    await dispatcher.settle(job.id)
    ended = await bench.ended(job)

    assert not await dispatcher.cancel(job)

    assert await bench.ended(job) == ended


async def test_a_cancel_and_a_settle_at_once_end_a_job_once(dispatcher: Dispatcher, bench: Bench) -> None:
    for _ in range(5):
        job = await bench.sealed(2)
        await exhaust(dispatcher, job)
        await bench.finish(job, 0)
        await bench.finish(job, 1)

        await asyncio.gather(dispatcher.cancel(job), dispatcher.settle(job.id))

        ended = await bench.ended(job)
        assert ended.state in (JobState.SUCCEEDED, JobState.CANCELED)
        assert ended.counts == Counts(succeeded=2)
