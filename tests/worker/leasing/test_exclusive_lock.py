"""The lock that lets a suspected chunk have its process to itself."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import anyio
import pytest

from worker.leasing.exclusive_lock import SharedExclusiveLock

pytestmark = pytest.mark.anyio

Enter = Callable[[SharedExclusiveLock], AbstractAsyncContextManager[None]]


async def test_exclusive_use_waits_for_shared_use_and_the_other_way_round() -> None:
    lock, events = SharedExclusiveLock(), []

    async def work(name: str, mode: AbstractAsyncContextManager[None]) -> None:
        async with mode:
            events.append(f"{name} in")
            await anyio.wait_all_tasks_blocked()
            events.append(f"{name} out")

    async with anyio.create_task_group() as group:
        group.start_soon(work, "first", lock.shared())
        group.start_soon(work, "second", lock.shared())
        await anyio.lowlevel.checkpoint()
        group.start_soon(work, "exclusive", lock.exclusive())
        await anyio.lowlevel.checkpoint()
        group.start_soon(work, "late", lock.shared())

    assert sorted(events[:4]) == ["first in", "first out", "second in", "second out"]
    assert events[4:] == ["exclusive in", "exclusive out", "late in", "late out"]


@pytest.mark.parametrize("enter", [SharedExclusiveLock.exclusive, SharedExclusiveLock.shared])
async def test_nobody_gets_exclusive_use_after_an_error(enter: Enter) -> None:
    lock = SharedExclusiveLock()

    with pytest.raises(ArithmeticError):
        async with enter(lock):
            raise ArithmeticError

    async def enter_exclusive() -> None:
        async with lock.exclusive():
            pytest.fail("the lock was granted")

    with anyio.move_on_after(0.05):
        async with anyio.create_task_group() as group:
            group.start_soon(enter_exclusive)


@pytest.mark.parametrize("enter", [SharedExclusiveLock.exclusive, SharedExclusiveLock.shared])
async def test_a_cancelled_holder_releases_the_lock(enter: Enter) -> None:
    lock = SharedExclusiveLock()

    with anyio.CancelScope() as scope:
        async with enter(lock):
            scope.cancel()
            await anyio.sleep_forever()

    with anyio.fail_after(1):
        async with lock.exclusive():
            pass
