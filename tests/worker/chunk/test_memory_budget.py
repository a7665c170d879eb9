"""The memory budget: many small pictures at once, a huge one almost alone, and no deadlock."""

import anyio
import anyio.lowlevel
import pytest

from worker.chunk.memory_budget import MemoryBudget, Reservation

pytestmark = pytest.mark.anyio


async def reserved(budget: MemoryBudget, size: int) -> Reservation:
    reservation = Reservation(budget)
    await reservation.acquire(size)
    return reservation


async def settle() -> None:
    """Wait until every task is blocked."""
    await anyio.wait_all_tasks_blocked()


async def test_a_reservation_waits_until_enough_is_released() -> None:
    budget = MemoryBudget(100, idle_bytes=10)
    first, second = await reserved(budget, 60), Reservation(budget)

    async with anyio.create_task_group() as group:
        group.start_soon(second.acquire, 60)
        await settle()
        assert (second.size, budget.reserved) == (0, 60)
        first.resize(40)

    assert budget.reserved == 100


async def test_reservations_are_granted_in_order_so_that_a_huge_one_gets_its_turn() -> None:
    budget, order = MemoryBudget(100, idle_bytes=10), list[int]()

    async def pass_through(size: int) -> None:
        reservation = await reserved(budget, size)
        order.append(size)
        assert budget.reserved <= 100 or budget.reserved - size <= 10
        await anyio.lowlevel.checkpoint()
        reservation.resize(0)

    async with anyio.create_task_group() as group:
        for size in (40, 40, 500, 30, 30):
            group.start_soon(pass_through, size)

    assert order == [40, 40, 500, 30, 30]
    assert budget.reserved == 0


@pytest.mark.parametrize(("idle", "size", "is_granted"), [(10, 500, True), (11, 500, False), (11, 80, True)])
async def test_any_size_is_granted_while_only_idle_bytes_are_reserved(idle: int, size: int, is_granted: bool) -> None:
    budget = MemoryBudget(100, idle_bytes=10)
    await reserved(budget, idle)
    other = Reservation(budget)

    async with anyio.create_task_group() as group:
        group.start_soon(other.acquire, size)
        await settle()
        group.cancel_scope.cancel()

    assert other.size == size * is_granted


async def test_a_reservation_may_grow_and_a_cancelled_one_takes_nothing() -> None:
    budget = MemoryBudget(100, idle_bytes=10)
    reservation = await reserved(budget, 50)
    reservation.resize(300)

    async with anyio.create_task_group() as group:
        group.start_soon(reserved, budget, 1)
        await settle()
        group.cancel_scope.cancel()

    assert budget.reserved == 300
    reservation.resize(0)
    await reserved(budget, 100)
    assert budget.reserved == 100
