"""Inserting chunks and reading them: in order, leased, waiting, not sent."""

import asyncio
from collections.abc import Callable

import pytest
from pymongo.errors import BulkWriteError

from shared.chunks.documents import Chunk, Item, chunk_id, counts_with
from shared.chunks.leases import ChunkLeases
from shared.chunks.store import LONG_STRIDE, STRIDE, ChunkStore
from shared.lifecycle import ChunkState, Counts, ItemState

pytestmark = pytest.mark.anyio

MakeChunk = Callable[..., Chunk]


def skipped_item(index: int) -> Item:
    return Item(index=index, name="__MACOSX/x", member="__MACOSX/x", locator=None, state=ItemState.SKIPPED)


def many(make_chunk: MakeChunk, count: int, job: str = "job_a") -> list[Chunk]:
    return [make_chunk(job=job, no=no) for no in range(count)]


async def test_chunks_are_read_back_unchanged(chunks: ChunkStore, make_chunk: MakeChunk) -> None:
    chunk = make_chunk(no=7)

    await chunks.insert([chunk])

    assert await chunks.get("job_a", 7) == chunk
    assert await chunks.get("job_a", 8) is None


async def test_an_insert_may_be_repeated_and_changes_no_existing_chunk(
    chunks: ChunkStore, leases: ChunkLeases, make_chunk: MakeChunk
) -> None:
    three = many(make_chunk, 3)
    await chunks.insert(three[:2])
    under_way = await leases.claim("job_a", 1, "mine", "worker", 60)

    await chunks.insert(three)

    assert [chunk async for chunk in chunks.in_order("job_a")] == [three[0], under_way, three[2]]


async def test_two_expanders_may_insert_concurrently(chunks: ChunkStore, make_chunk: MakeChunk) -> None:
    ten = many(make_chunk, 10)

    await asyncio.gather(*(chunks.insert(ten) for _ in range(4)))

    assert [chunk async for chunk in chunks.in_order("job_a")] == ten


async def test_an_insert_that_fails_for_another_reason_raises(chunks: ChunkStore, make_chunk: MakeChunk) -> None:
    await chunks.insert([make_chunk(no=0)])
    malformed = make_chunk(no=1).model_copy(update={"no": -1})

    with pytest.raises(BulkWriteError):
        await chunks.insert([make_chunk(no=0), malformed])


async def test_a_chunk_without_work_is_done_from_the_start(make_chunk: MakeChunk) -> None:
    chunk = make_chunk(items=[skipped_item(0), skipped_item(1)])

    assert chunk.state is ChunkState.DONE
    assert chunk.counts == Counts(skipped=2)


@pytest.mark.parametrize("count", [1, STRIDE - 1, STRIDE, STRIDE + 1, 2 * STRIDE])
async def test_chunks_are_read_in_order_whatever_their_number(
    chunks: ChunkStore, make_chunk: MakeChunk, count: int
) -> None:
    await chunks.insert([*reversed(many(make_chunk, count)), make_chunk(job="job_b")])

    assert [chunk.no async for chunk in chunks.in_order("job_a")] == list(range(count))


@pytest.mark.parametrize("first", [0, 1, STRIDE, STRIDE + 3, STRIDE + 4, 1000])
async def test_reading_may_start_anywhere(chunks: ChunkStore, make_chunk: MakeChunk, first: int) -> None:
    await chunks.insert(many(make_chunk, STRIDE + 4))

    assert [chunk.no async for chunk in chunks.in_order("job_a", first=first)] == list(range(first, STRIDE + 4))


async def test_chunks_with_an_item_in_a_state_are_found_however_far_apart(
    chunks: ChunkStore, make_chunk: MakeChunk
) -> None:
    mixed = {0, 3 * STRIDE, 5 * STRIDE - 1}
    inserted = [
        make_chunk(no=no, items=[make_chunk(no=no).items[0], *([skipped_item(1)] if no in mixed else [])])
        for no in range(5 * STRIDE)
    ]
    await chunks.insert(inserted)

    assert {chunk.no async for chunk in chunks.in_order("job_a", having="skipped")} == mixed
    assert [chunk.no async for chunk in chunks.in_order("job_a", having="failed")] == []


async def test_the_tally_counts_done_chunks_and_all_items(
    chunks: ChunkStore, leases: ChunkLeases, make_chunk: MakeChunk
) -> None:
    count = LONG_STRIDE + 2
    await chunks.insert([make_chunk(no=no, items=make_chunk(no=no).items[:1]) for no in range(count)])
    chunk = await leases.claim("job_a", 5, "mine", "worker", 60)
    assert chunk is not None
    finished = {0: chunk.items[0].model_copy(update={"state": ItemState.FAILED})}
    await leases.record(chunk.id, "mine", finished, counts_with(chunk, finished))

    assert await chunks.tally("job_a") == (1, Counts(pending=count - 1, failed=1))
    assert await chunks.tally("job_nobody") == (0, Counts())


async def test_states_are_searched_in_one_job_only(
    chunks: ChunkStore, leases: ChunkLeases, make_chunk: MakeChunk
) -> None:
    await chunks.insert([make_chunk(), make_chunk(job="job_b")])
    await leases.claim("job_b", 0, "mine", "worker", 60)

    assert not await chunks.has_any("job_a", ChunkState.LEASED, ChunkState.DONE)
    assert await chunks.has_any("job_a", ChunkState.LEASED, ChunkState.PENDING)
    assert await chunks.has_any("job_b", ChunkState.LEASED)


async def test_a_sent_chunk_waits_until_it_is_claimed(
    chunks: ChunkStore, leases: ChunkLeases, make_chunk: MakeChunk
) -> None:
    await chunks.insert(many(make_chunk, 4))
    for no in (2, 0):
        assert await chunks.mark_dispatched(chunk_id("job_a", no))
        await asyncio.sleep(0.002)

    assert [chunk.no async for chunk in chunks.waiting()] == [2, 0]
    assert await chunks.count_waiting("job_a") == 2

    await leases.claim("job_a", 2, "mine", "worker", 60)

    assert [chunk.no async for chunk in chunks.waiting()] == [0]
    assert await chunks.count_waiting("job_a") == 1


async def test_a_chunk_that_was_handed_back_counts_as_not_sent(
    chunks: ChunkStore, leases: ChunkLeases, make_chunk: MakeChunk
) -> None:
    await chunks.insert(many(make_chunk, 4))
    await chunks.mark_dispatched(chunk_id("job_a", 0))
    await chunks.mark_dispatched(chunk_id("job_a", 1), again=True)
    await leases.claim("job_a", 1, "mine", "worker", 60)

    await leases.hand_back(chunk_id("job_a", 1), "mine")

    unsent = [chunk async for chunk in chunks.unsent("job_a", 3)]
    assert [chunk.no for chunk in unsent] == [1, 2]
    assert [chunk.resends for chunk in unsent] == [0, 0]
    assert [chunk.no async for chunk in chunks.waiting()] == [0]


async def test_only_a_pending_chunk_can_be_sent(chunks: ChunkStore, leases: ChunkLeases, make_chunk: MakeChunk) -> None:
    await chunks.insert([make_chunk(no=0), make_chunk(no=1, items=[skipped_item(4)])])
    await leases.claim("job_a", 0, "mine", "worker", 60)

    assert not await chunks.mark_dispatched(chunk_id("job_a", 0))
    assert not await chunks.mark_dispatched(chunk_id("job_a", 1))
    assert not await chunks.mark_dispatched(chunk_id("job_a", 2))


async def test_a_resend_is_counted(chunks: ChunkStore, make_chunk: MakeChunk) -> None:
    await chunks.insert([make_chunk()])

    await chunks.mark_dispatched(chunk_id("job_a", 0))
    await chunks.mark_dispatched(chunk_id("job_a", 0), again=True)
    await chunks.mark_dispatched(chunk_id("job_a", 0), again=True)

    assert [chunk.resends async for chunk in chunks.waiting()] == [2]


async def test_removing_takes_one_jobs_chunks(chunks: ChunkStore, make_chunk: MakeChunk) -> None:
    await chunks.insert([*many(make_chunk, 3), make_chunk(job="job_b")])

    await chunks.remove("job_a")

    assert [chunk async for chunk in chunks.in_order("job_a")] == []
    assert await chunks.get("job_b", 0) is not None
