"""What a worker's work waits for, as its heartbeat tells."""

import anyio
import pytest

from shared.storage.errors import StorageFull
from worker.leasing.retrying import until_available
from worker.leasing.waits import current_waits

pytestmark = pytest.mark.anyio


async def test_a_call_is_listed_while_it_waits_for_its_server() -> None:
    failures = [StorageFull("There is no room."), StorageFull("There is no room.")]
    listed: list[list[str]] = []

    async def call() -> str:
        listed.append(current_waits())
        if failures:
            raise failures.pop()
        return "stored"

    async with anyio.create_task_group() as group:
        group.start_soon(until_available, call)
        await anyio.sleep(0.1)
        assert current_waits() == ["storage_full"]

    assert (listed, current_waits()) == ([[], [], []], [])


async def test_a_call_that_is_given_up_waits_no_more() -> None:
    async def call() -> str:
        raise StorageFull("There is no room.")

    with anyio.move_on_after(0.1):
        await until_available(call)

    assert current_waits() == []
