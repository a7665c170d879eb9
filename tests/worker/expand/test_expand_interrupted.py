"""job.expand on real servers when it is repeated, canceled, interrupted or loses its lease."""

import anyio
import pytest

from shared.lifecycle import Counts, JobState
from shared.queue import Queue
from shared.settings import LeaseSettings
from shared.storage.errors import StorageUnavailable
from tests.fixtures.worker import Workplace
from tests.fixtures.worker_steps import Unreliable
from tests.shared.archives.making import make_zip
from worker.expand.expand import MAX_EXPIRIES

pytestmark = pytest.mark.anyio

SCANS = [(f"scans/{number}.jpg", b"x" * (number + 1)) for number in range(10)]


async def test_an_expansion_that_died_between_two_inserts_is_repeated_without_duplicates(
    workplace: Workplace,
) -> None:
    job = await workplace.submit_archive(make_zip(SCANS), chunk_items=1)
    lease = LeaseSettings(seconds=0.3, renew_seconds=0.1)
    workplace.lease = lease
    first = workplace.expander()
    twin = await workplace.expanded(make_zip(SCANS), chunk_items=1)
    await workplace.stores.expansions.claim_expansion(job.id, "dead", "ingest", lease.seconds)
    inserted = [chunk async for chunk in first._chunks(job)][:7]
    await workplace.stores.chunks.insert(inserted)
    await anyio.sleep(lease.seconds)

    await workplace.expander().expand(job.id)

    again = await workplace.job(job)
    assert (again.state, again.chunks, again.totals) == (JobState.RUNNING, twin.chunks, twin.totals)
    assert [item.name for item in await workplace.items(job)] == [name for name, _ in SCANS]


async def test_a_second_message_for_a_job_that_is_being_expanded_changes_nothing(
    workplace: Workplace,
) -> None:
    job = await workplace.submit_archive(make_zip(SCANS))
    await workplace.stores.expansions.claim_expansion(job.id, "other", "ingest", 60)
    before = await workplace.job(job)

    await workplace.expander().expand(job.id)

    assert await workplace.job(job) == before


async def test_a_late_message_for_a_sealed_job_changes_nothing(workplace: Workplace) -> None:
    job = await workplace.expanded(make_zip(SCANS))

    await workplace.expander().expand(job.id)

    assert await workplace.job(job) == job


class Interrupted:
    """Storage that calls a function before each read."""

    def __init__(self, workplace: Workplace, before_read) -> None:
        self._storage, self._before_read = workplace.storage, before_read

    async def get_range(self, key: str, offset: int, length: int) -> bytes:
        await self._before_read()
        return await self._storage.get_range(key, offset, length)


async def test_a_job_canceled_while_it_is_expanded_ends_canceled_without_items(workplace: Workplace) -> None:
    job = await workplace.submit_archive(make_zip(SCANS))

    async def cancel() -> None:
        await workplace.job_service.cancel(await workplace.job(job))

    await workplace.expander(storage=Interrupted(workplace, cancel)).expand(job.id)

    ended = await workplace.job(job)
    assert (ended.state, ended.counts, ended.chunks) == (JobState.CANCELED, Counts(), None)
    assert workplace.messages(Queue.BULK) == []


async def test_a_job_canceled_before_it_was_expanded_is_left_alone(workplace: Workplace) -> None:
    job = await workplace.submit_archive(make_zip(SCANS))
    await workplace.job_service.cancel(job)

    await workplace.expander().expand(job.id)

    assert (await workplace.job(job)).state is JobState.CANCELED
    assert [chunk async for chunk in workplace.stores.chunks.in_order(job.id)] == []


async def test_an_expander_without_its_lease_neither_seals_nor_fails_the_job(workplace: Workplace) -> None:
    job = await workplace.submit_archive(make_zip(SCANS)[:-30])
    workplace.lease = LeaseSettings(seconds=0.3, renew_seconds=0.2)

    async def oversleep() -> None:
        released = False
        while not released:
            released = await workplace.stores.expansions.release_expansion(job.id)
            await anyio.sleep(0.05)
        assert await workplace.stores.expansions.claim_expansion(job.id, "winner", "ingest", 60)

    class NeverRenewed:
        def __getattr__(self, name: str):
            return getattr(workplace.stores.expansions, name)

        async def renew_expansion(self, *_: object) -> bool:
            return True

    interrupted = Interrupted(workplace, oversleep)
    await workplace.expander(expansions=NeverRenewed(), storage=interrupted).expand(job.id)

    held = await workplace.job(job)
    assert held.state is JobState.EXPANDING
    assert held.lease is not None
    assert held.lease.token == "winner"
    assert held.error is None


async def test_shutting_down_releases_the_job(workplace: Workplace) -> None:
    job = await workplace.submit_archive(make_zip(SCANS))

    async def stop() -> None:
        workplace.stopping.set()
        await anyio.sleep(0.1)

    await workplace.expander(storage=Interrupted(workplace, stop)).expand(job.id)

    released = await workplace.job(job)
    assert (released.state, released.lease, released.sent_at) == (JobState.QUEUED, None, None)


async def test_an_unavailable_storage_releases_the_job(workplace: Workplace) -> None:
    job = await workplace.submit_archive(make_zip(SCANS))
    unavailable = Unreliable(workplace.storage, StorageUnavailable("gone"), away=True)

    with pytest.raises(StorageUnavailable):
        await workplace.expander(storage=unavailable).expand(job.id)

    released = await workplace.job(job)
    assert (released.state, released.expiries) == (JobState.QUEUED, 0)


async def test_an_archive_that_crashes_every_worker_fails_after_a_few(workplace: Workplace) -> None:
    job = await workplace.submit_archive(make_zip(SCANS))
    for worker in range(MAX_EXPIRIES):
        assert await workplace.stores.expansions.claim_expansion(job.id, f"token {worker}", "doomed", 0)

    await workplace.run_leases_out()
    await workplace.stores.expansions.release_expansion(job.id)
    await workplace.expander().expand(job.id)

    ended = await workplace.check(job)
    assert (ended.state, ended.error and ended.error.code) == (JobState.FAILED, "worker_lost")
