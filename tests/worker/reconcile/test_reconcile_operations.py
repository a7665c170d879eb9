"""What a pass of the reconciler costs: as many commands for many chunks that workers hold as for few."""

from collections import Counter

import pytest

from shared.lifecycle import ChunkState
from tests.fixtures.worker import Workplace
from tests.fixtures.worker_steps import passes
from tests.zoo.pictures import scans

pytestmark = pytest.mark.anyio

FEW, MANY = 2, 300
LONG = 600.0


async def commands(workplace: Workplace) -> Counter[str]:
    """Those that the database has carried out so far, by kind."""
    return Counter((await workplace.database.client.admin.command("serverStatus"))["opcounters"])


async def cost_of_a_pass(workplace: Workplace) -> Counter[str]:
    before = await commands(workplace)
    await passes(workplace)
    return await commands(workplace) - before


async def test_a_pass_costs_the_same_however_many_chunks_are_leased(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(MANY), chunk_items=1)
    workplace.drain(job_queue := (await workplace.chunk(job)).queue)
    for no in range(FEW):
        assert await workplace.stores.leases.claim(job.id, no, "mine", "worker", LONG)
    await passes(workplace)  # The window is topped up.
    few = await cost_of_a_pass(workplace)

    for no in range(FEW, MANY - 10):
        assert await workplace.stores.leases.claim(job.id, no, "mine", "worker", LONG)
    await passes(workplace)
    many = await cost_of_a_pass(workplace)

    assert workplace.messages(job_queue)
    assert many == few
    held = await workplace.database["chunks"].count_documents({"state": ChunkState.LEASED})
    assert held == MANY - 10


async def test_only_leases_that_have_ended_are_read(workplace: Workplace) -> None:
    job = await workplace.expanded(scans(40), chunk_items=1)
    for no in range(40):
        await workplace.stores.leases.claim(job.id, no, "mine", "worker", 0 if no in (3, 7) else LONG)

    released = [chunk.no async for chunk in workplace.stores.leases.expired()]

    assert sorted(released) == [3, 7]
