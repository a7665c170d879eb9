from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import anyio
import pytest

from worker.leasing.exclusive_lock import SharedExclusiveLock

pytestmark = pytest.mark.anyio

Enter = Callable[[SharedExclusiveLock], AbstractAsyncContextManager[None]]


async def test_one_alone_waits_for_all_and_all_for_one() -> None:
    lock, told = SharedExclusiveLock(), []

    async def work(name: str, way: AbstractAsyncContextManager[None]) -> None:
        async with way:
            told.append(f"{name} in")
            await anyio.wait_all_tasks_blocked()
            told.append(f"{name} out")

    async with anyio.create_task_group() as group:
        group.start_soon(work, "first", lock.shared())
        group.start_soon(work, "second", lock.shared())
        await anyio.lowlevel.checkpoint()
        group.start_soon(work, "alone", lock.exclusive())
        await anyio.lowlevel.checkpoint()
        group.start_soon(work, "late", lock.shared())

    assert sorted(told[:4]) == ["first in", "first out", "second in", "second out"]
    assert told[4:] == ["alone in", "alone out", "late in", "late out"]


@pytest.mark.parametrize("enter", [SharedExclusiveLock.exclusive, SharedExclusiveLock.shared])
async def test_nobody_is_alone_after_somebody_has_broken_the_process(enter: Enter) -> None:
    lock = SharedExclusiveLock()

    with pytest.raises(ArithmeticError):
        async with enter(lock):
            raise ArithmeticError

    async def enter_alone() -> None:
        async with lock.exclusive():
            pytest.fail("somebody was let in")

    with anyio.move_on_after(0.05):
        async with anyio.create_task_group() as group:
            group.start_soon(enter_alone)


@pytest.mark.parametrize("enter", [SharedExclusiveLock.exclusive, SharedExclusiveLock.shared])
async def test_who_is_canceled_has_left(enter: Enter) -> None:
    lock = SharedExclusiveLock()

    with anyio.CancelScope() as scope:
        async with enter(lock):
            scope.cancel()
            await anyio.sleep_forever()

    with anyio.fail_after(1):
        async with lock.exclusive():
            pass
