"""Sending: the first message of a job, and how its window moves."""

import asyncio

import pytest

from shared.jobs.dispatch import Dispatcher
from shared.jobs.documents import JobKind
from shared.queue import Queue, TaskName
from tests.shared.conftest import NotedQueue
from tests.shared.jobs.bench import Bench

pytestmark = pytest.mark.anyio


async def test_an_archive_is_sent_to_be_expanded(dispatcher: Dispatcher, bench: Bench, noted: NotedQueue) -> None:
    job = bench.make_job()
    await bench.stores.jobs.insert(job)

    await dispatcher.send_job(job)

    assert noted.sent == [(TaskName.JOB_EXPAND, Queue.INGEST, (job.id,))]
    assert (await bench.ended(job)).sent_at is not None


async def test_a_single_picture_is_sent_to_be_colorized_before_all_archives(
    dispatcher: Dispatcher, bench: Bench, noted: NotedQueue
) -> None:
    job = bench.make_job(kind=JobKind.SINGLE)
    await bench.stores.chunks.insert([bench.make_chunk(job=job.id)])
    await bench.stores.jobs.insert(job)

    await dispatcher.send_job(job)

    assert noted.sent == [(TaskName.CHUNK_COLORIZE, Queue.INTERACTIVE, (job.id, 0))]


async def test_a_chunk_counts_as_sent_even_if_the_queue_is_unavailable(
    dispatcher: Dispatcher, bench: Bench, noted: NotedQueue
) -> None:
    noted.away = True
    job = await bench.sealed(2)

    assert await dispatcher.send_next(job.id)

    assert [chunk.no async for chunk in bench.stores.chunks.waiting()] == [0]


async def test_the_window_skips_chunks_without_work(dispatcher: Dispatcher, bench: Bench, noted: NotedQueue) -> None:
    job = await bench.sealed(8, skipped=frozenset({0, 1, 2, 4, 7}))

    sent = [await dispatcher.send_next(job.id) for _ in range(4)]

    assert sent == [True, True, True, False]
    assert noted.sent_numbers == [3, 5, 6]


async def test_concurrent_workers_send_no_chunk_twice(dispatcher: Dispatcher, bench: Bench, noted: NotedQueue) -> None:
    job = await bench.sealed(12)

    await asyncio.gather(*(dispatcher.send_next(job.id) for _ in range(16)))

    assert sorted(noted.sent_numbers) == list(range(12))


async def test_a_leased_chunk_is_not_sent(dispatcher: Dispatcher, bench: Bench, noted: NotedQueue) -> None:
    job = await bench.sealed(1)
    await bench.claim(job, 0)

    assert not await dispatcher.send_chunk(job.id, 0, Queue.BULK)
    assert noted.sent == []
