"""The sums of a chunk's results: written with every record, read without the items."""

from collections.abc import Callable

import pytest

from shared.chunks.documents import Chunk, Item, Result, ResultSums, counts_with, sums_with
from shared.chunks.leases import ChunkLeases
from shared.chunks.store import ChunkStore
from shared.lifecycle import ItemState

pytestmark = pytest.mark.anyio

MakeChunk = Callable[..., Chunk]


def colorized(item: Item, size: int, media_type: str = "image/png") -> Item:
    result = Result(key="k", bytes=size, sha256="0", crc32=0, width=1, height=1, media_type=media_type, checkpoint="c")
    return item.model_copy(update={"member": "Bär.jpg", "state": ItemState.SUCCEEDED, "results": [result]})


def test_only_results_count_under_their_path_in_the_zip(make_chunk: MakeChunk) -> None:
    chunk = make_chunk()
    first = chunk.items[0]

    assert sums_with(chunk, {}) == ResultSums()
    assert sums_with(chunk, {0: colorized(first, 7)}) == ResultSums(
        count=1, bytes=7, names=len("Bär.png".encode()), largest=7
    )
    failed = first.model_copy(update={"state": ItemState.FAILED})
    assert sums_with(
        chunk, {0: failed, 1: colorized(chunk.items[1], 3), 2: colorized(chunk.items[2], 5)}
    ) == ResultSums(count=2, bytes=8, names=16, largest=5)


def test_each_variant_counts_below_its_own_folder(make_chunk: MakeChunk) -> None:
    chunk = make_chunk()
    item = colorized(chunk.items[0], 7)
    second = item.results[0].model_copy(update={"variant": 2, "bytes": 5})
    both = item.model_copy(update={"results": [*item.results, second]})

    assert [member for member, _ in both.results_by_member()] == ["variant-1/Bär.png", "variant-2/Bär.png"]
    assert sums_with(chunk, {0: both}) == ResultSums(
        count=2, bytes=12, names=2 * len("variant-1/Bär.png".encode()), largest=7
    )


async def test_sums_are_recorded_with_the_items_and_read_in_order(
    chunks: ChunkStore, leases: ChunkLeases, make_chunk: MakeChunk
) -> None:
    await chunks.insert([make_chunk(job="job_a", no=no) for no in range(3)])
    chunk = await leases.claim("job_a", 1, "mine", "worker", 60)
    assert chunk is not None
    finished = {0: colorized(chunk.items[0], 7)}
    sums = sums_with(chunk, finished)

    assert await leases.record(chunk.id, "mine", finished, counts_with(chunk, finished), sums)

    assert [recorded async for recorded in chunks.sums("job_a")] == [None, sums, None]


async def test_a_record_without_sums_removes_outdated_ones(
    chunks: ChunkStore, leases: ChunkLeases, make_chunk: MakeChunk
) -> None:
    await chunks.insert([make_chunk(job="job_a", no=0)])
    chunk = await leases.claim("job_a", 0, "mine", "worker", 60)
    assert chunk is not None
    finished = {0: colorized(chunk.items[0], 7)}
    await leases.record(chunk.id, "mine", finished, counts_with(chunk, finished), sums_with(chunk, finished))

    await leases.record(chunk.id, "mine", finished, counts_with(chunk, finished))

    assert [recorded async for recorded in chunks.sums("job_a")] == [None]


@pytest.mark.parametrize(("first", "stop"), [(0, 0), (0, 1), (3, 20), (15, 17), (18, 99)])
async def test_chunks_are_read_up_to_the_given_number(
    chunks: ChunkStore, make_chunk: MakeChunk, first: int, stop: int
) -> None:
    await chunks.insert([make_chunk(job="job_a", no=no) for no in range(20)])

    numbers = [chunk.no async for chunk in chunks.in_order("job_a", first=first, stop=stop)]

    assert numbers == list(range(20))[first:stop]
