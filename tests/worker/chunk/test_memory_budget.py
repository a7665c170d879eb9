"""Memory is for so many at once, for a huge one nearly alone, and nobody waits for ever."""

import anyio
import anyio.lowlevel
import pytest

from worker.chunk.memory_budget import Room, Share

pytestmark = pytest.mark.anyio


async def entered(room: Room, size: int) -> Share:
    share = Share(room)
    await share.enter(size)
    return share


async def settle() -> None:
    """Until everybody has done what there is to do at once."""
    await anyio.wait_all_tasks_blocked()


async def test_who_finds_no_room_waits_until_somebody_makes_some() -> None:
    room = Room(100, idle_bytes=10)
    first, second = await entered(room, 60), Share(room)

    async with anyio.create_task_group() as group:
        group.start_soon(second.enter, 60)
        await settle()
        assert (second.size, room.taken) == (0, 60)
        first.resize(40)

    assert room.taken == 100


async def test_first_come_first_served_so_that_a_huge_one_has_its_turn() -> None:
    room, order = Room(100, idle_bytes=10), list[int]()

    async def pass_through(size: int) -> None:
        share = await entered(room, size)
        order.append(size)
        assert room.taken <= 100 or room.taken - size <= 10
        await anyio.lowlevel.checkpoint()
        share.resize(0)

    async with anyio.create_task_group() as group:
        for size in (40, 40, 500, 30, 30):
            group.start_soon(pass_through, size)

    assert order == [40, 40, 500, 30, 30]
    assert room.taken == 0


@pytest.mark.parametrize(("idle", "size", "is_let_in"), [(10, 500, True), (11, 500, False), (11, 80, True)])
async def test_while_no_more_is_taken_than_may_stand_idle_anyone_is_let_in(
    idle: int, size: int, is_let_in: bool
) -> None:
    room = Room(100, idle_bytes=10)
    await entered(room, idle)
    other = Share(room)

    async with anyio.create_task_group() as group:
        group.start_soon(other.enter, size)
        await settle()
        group.cancel_scope.cancel()

    assert other.size == size * is_let_in


async def test_who_is_inside_may_grow_and_who_gave_up_waiting_takes_nothing() -> None:
    room = Room(100, idle_bytes=10)
    share = await entered(room, 50)
    share.resize(300)

    async with anyio.create_task_group() as group:
        group.start_soon(entered, room, 1)
        await settle()
        group.cancel_scope.cancel()

    assert room.taken == 300
    share.resize(0)
    await entered(room, 100)
    assert room.taken == 100
