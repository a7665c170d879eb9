"""The lease on a chunk: claims, renewals, the guard of every write, and how it ends."""

import asyncio
from collections.abc import Callable

import pytest

from shared.chunks.documents import Chunk, Item, counts_with
from shared.chunks.leases import ChunkLeases
from shared.chunks.store import ChunkStore
from shared.lifecycle import ChunkState, Counts, ItemState

pytestmark = pytest.mark.anyio

LONG = 60.0
# Expires before the next statement reaches the server.
NO_TIME = 0.0


@pytest.fixture
async def chunk(chunks: ChunkStore, make_chunk: Callable[..., Chunk]) -> Chunk:
    """A pending chunk of four items, in the store."""
    stored = make_chunk()
    await chunks.insert([stored])
    return stored


async def claimed(leases: ChunkLeases, chunk: Chunk, token: str = "mine", seconds: float = LONG) -> Chunk:
    claim = await leases.claim(chunk.job, chunk.no, token, "worker-1", seconds)
    assert claim is not None
    return claim


def succeeded(chunk: Chunk, *places: int) -> dict[int, Item]:
    return {place: chunk.items[place].model_copy(update={"state": ItemState.SUCCEEDED}) for place in places}


async def record(leases: ChunkLeases, chunk: Chunk, token: str, *places: int) -> bool:
    finished = succeeded(chunk, *places)
    return await leases.record(chunk.id, token, finished, counts_with(chunk, finished))


async def test_of_twenty_concurrent_claims_exactly_one_wins(
    chunks: ChunkStore, leases: ChunkLeases, chunk: Chunk
) -> None:
    tokens = [f"token-{number}" for number in range(20)]

    claims = await asyncio.gather(*(leases.claim(chunk.job, 0, token, "worker", LONG) for token in tokens))

    winners = [claim for claim in claims if claim is not None]
    stored = await chunks.get(chunk.job, 0)
    assert len(winners) == 1
    assert stored == winners[0]
    assert stored.state is ChunkState.LEASED


async def test_a_leased_chunk_cannot_be_claimed(chunks: ChunkStore, leases: ChunkLeases, chunk: Chunk) -> None:
    mine = await claimed(leases, chunk)

    assert await leases.claim(chunk.job, 0, "other", "worker-2", LONG) is None
    assert await chunks.get(chunk.job, 0) == mine


async def test_a_missing_chunk_cannot_be_claimed(leases: ChunkLeases) -> None:
    assert await leases.claim("job_nobody", 0, "mine", "worker", LONG) is None


async def test_a_first_claim_is_no_expiry(leases: ChunkLeases, chunk: Chunk) -> None:
    assert (await claimed(leases, chunk)).expiries == 0


async def test_an_expired_lease_is_taken_over_and_counted(leases: ChunkLeases, chunk: Chunk) -> None:
    await claimed(leases, chunk, "zombie", NO_TIME)

    taken = await claimed(leases, chunk, "mine")

    assert taken.expiries == 1
    assert taken.lease is not None
    assert taken.lease.token == "mine"


async def test_of_twenty_claims_of_an_expired_lease_one_wins_and_one_expiry_is_counted(
    chunks: ChunkStore, leases: ChunkLeases, chunk: Chunk
) -> None:
    await claimed(leases, chunk, "zombie", NO_TIME)

    claims = await asyncio.gather(*(leases.claim(chunk.job, 0, f"t{n}", "worker", LONG) for n in range(20)))

    assert len([claim for claim in claims if claim is not None]) == 1
    stored = await chunks.get(chunk.job, 0)
    assert stored is not None
    assert stored.expiries == 1


async def test_the_guard_refuses_every_write_of_a_zombie(chunks: ChunkStore, leases: ChunkLeases, chunk: Chunk) -> None:
    await claimed(leases, chunk, "zombie", NO_TIME)
    mine = await claimed(leases, chunk, "mine")

    assert not await leases.renew(chunk.id, "zombie", LONG)
    assert not await record(leases, chunk, "zombie", 0)
    assert not await leases.mark_suspect(chunk.id, "zombie", 0, 1)
    assert not await leases.hand_back(chunk.id, "zombie", cleared={0: 0})
    assert await chunks.get(chunk.job, 0) == mine


async def test_a_renewal_moves_the_expiry(leases: ChunkLeases, chunk: Chunk) -> None:
    await claimed(leases, chunk, seconds=NO_TIME)

    assert await leases.renew(chunk.id, "mine", LONG)

    assert await leases.claim(chunk.job, 0, "other", "worker-2", LONG) is None


async def test_a_record_writes_items_and_counts_and_leaves_the_rest_alone(
    chunks: ChunkStore, leases: ChunkLeases, chunk: Chunk
) -> None:
    mine = await claimed(leases, chunk)

    assert await record(leases, chunk, "mine", 1, 3)

    stored = await chunks.get(chunk.job, 0)
    assert stored is not None
    expected = list(mine.items)
    expected[1], expected[3] = succeeded(chunk, 1)[1], succeeded(chunk, 3)[3]
    assert stored.items == expected
    assert stored.counts == Counts(pending=2, succeeded=2)
    assert stored.state is ChunkState.LEASED
    assert stored.lease == mine.lease


async def test_the_last_record_ends_the_chunk_and_its_lease(
    chunks: ChunkStore, leases: ChunkLeases, chunk: Chunk
) -> None:
    await claimed(leases, chunk)

    assert await record(leases, chunk, "mine", 0, 1, 2, 3)

    stored = await chunks.get(chunk.job, 0)
    assert stored is not None
    assert (stored.state, stored.lease) == (ChunkState.DONE, None)
    assert stored.counts == Counts(succeeded=4)
    assert await leases.claim(chunk.job, 0, "late", "worker-2", LONG) is None


async def test_no_reader_sees_items_and_counts_disagree(chunks: ChunkStore, leases: ChunkLeases, chunk: Chunk) -> None:
    await claimed(leases, chunk)
    finished: dict[int, Item] = {}
    snapshots: list[Chunk] = []

    async def watch() -> None:
        while not snapshots or snapshots[-1].state is not ChunkState.DONE:
            stored = await chunks.get(chunk.job, 0)
            assert stored is not None
            snapshots.append(stored)

    async def work() -> None:
        for place in range(4):
            finished.update(succeeded(chunk, place))
            assert await leases.record(chunk.id, "mine", succeeded(chunk, place), counts_with(chunk, finished))

    await asyncio.gather(watch(), work())

    assert all(stored.counts == counts_with(stored, {}) for stored in snapshots)


async def test_a_hand_back_frees_the_chunk_and_blames_nobody(
    chunks: ChunkStore, leases: ChunkLeases, chunk: Chunk
) -> None:
    await claimed(leases, chunk)
    await leases.mark_suspect(chunk.id, "mine", 2, 1)

    assert await leases.hand_back(chunk.id, "mine", cleared={2: 0})

    stored = await chunks.get(chunk.job, 0)
    assert stored == chunk.model_copy(update={"claims": 1})


async def test_a_suspect_stays_marked_when_its_worker_dies(leases: ChunkLeases, chunk: Chunk) -> None:
    await claimed(leases, chunk, "dying", NO_TIME)
    await leases.mark_suspect(chunk.id, "dying", 2, 1)

    taken = await claimed(leases, chunk, "mine")

    assert [item.suspect for item in taken.items] == [0, 0, 1, 0]


async def test_a_revoked_lease_allows_no_write(
    chunks: ChunkStore, leases: ChunkLeases, make_chunk: Callable[..., Chunk]
) -> None:
    leased, other, elsewhere = make_chunk(no=0), make_chunk(no=1), make_chunk(job="job_b")
    await chunks.insert([leased, other, elsewhere])
    await claimed(leases, leased)
    theirs = await claimed(leases, elsewhere)

    assert await leases.revoke("job_a") == 1

    assert not await record(leases, leased, "mine", 0)
    assert not await leases.renew(leased.id, "mine", LONG)
    assert await chunks.get("job_a", 0) == leased.model_copy(update={"claims": 1})
    assert await chunks.get("job_b", 0) == theirs


async def test_only_expired_leases_are_listed(
    chunks: ChunkStore, leases: ChunkLeases, make_chunk: Callable[..., Chunk]
) -> None:
    await chunks.insert([make_chunk(no=no) for no in range(4)])
    for no, seconds in enumerate((60, 0, 60)):
        await leases.claim("job_a", no, "mine", "worker", seconds)

    assert [chunk.no async for chunk in leases.expired()] == [1]


async def test_only_an_expired_lease_is_released(chunks: ChunkStore, leases: ChunkLeases, chunk: Chunk) -> None:
    assert not await leases.release_expired(chunk.id)
    mine = await claimed(leases, chunk)

    assert not await leases.release_expired(chunk.id)
    assert await chunks.get(chunk.job, 0) == mine


async def test_a_release_counts_one_expiry(chunks: ChunkStore, leases: ChunkLeases, chunk: Chunk) -> None:
    await claimed(leases, chunk, seconds=NO_TIME)

    releases = await asyncio.gather(*(leases.release_expired(chunk.id) for _ in range(8)))

    stored = await chunks.get(chunk.job, 0)
    assert stored is not None
    assert releases.count(True) == 1
    assert (stored.state, stored.lease, stored.expiries) == (ChunkState.PENDING, None, 1)


async def test_of_a_concurrent_release_and_renewal_only_one_succeeds(
    chunks: ChunkStore, leases: ChunkLeases, make_chunk: Callable[..., Chunk]
) -> None:
    contested = [make_chunk(no=no) for no in range(16)]
    await chunks.insert(contested)
    for chunk in contested:
        await claimed(leases, chunk, seconds=NO_TIME)

    async def contest(chunk: Chunk) -> tuple[bool, bool]:
        released, renewed = await asyncio.gather(leases.release_expired(chunk.id), leases.renew(chunk.id, "mine", LONG))
        return released, renewed

    outcomes = await asyncio.gather(*(contest(chunk) for chunk in contested))

    states = [stored.state async for stored in chunks.in_order("job_a")]
    assert all(released != renewed for released, renewed in outcomes)
    assert states == [ChunkState.PENDING if released else ChunkState.LEASED for released, _ in outcomes]
