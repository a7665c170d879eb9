"""job.expand of compressed tars on real servers: packs in the bucket, chunks that point into them, failures."""

import gzip
import os
from dataclasses import replace

import anyio
import pytest

from shared.archives import packing
from shared.archives.entries import ArchiveLimits
from shared.chunks.documents import Item
from shared.jobs.documents import Job
from shared.lifecycle import Counts, ItemState, JobState
from shared.queue import Queue
from shared.settings import LeaseSettings
from shared.storage.errors import StorageUnavailable
from shared.storage.keys import pack_key
from tests.fixtures.worker import Workplace
from tests.fixtures.worker_steps import work_off
from tests.shared.archives.compressing import COMPRESSORS, FORMATS
from tests.shared.archives.making import make_tar
from tests.shared.archives.readers import read_entry
from tests.zoo.pictures import picture

pytestmark = pytest.mark.anyio

GZIP = "application/gzip"
SCANS = [(f"scans/{number}.jpg", os.urandom(1000 + number)) for number in range(10)]
SCANS_TAR_GZ = gzip.compress(make_tar(SCANS))


async def packs_of(workplace: Workplace, job: Job) -> dict[str, bytes]:
    keys = [pack.key async for pack in workplace.storage.list_prefix(f"jobs/{job.id}/packs/")]
    return {key: await workplace.storage.get(key) for key in keys}


async def source_of(workplace: Workplace, item: Item) -> bytes:
    assert item.locator is not None
    return await read_entry(workplace.storage, item.locator)  # type: ignore[arg-type]


@pytest.mark.parametrize("media_type", FORMATS)
async def test_a_compressed_tar_becomes_a_running_job_whose_items_lie_in_packs(
    workplace: Workplace, media_type: str
) -> None:
    job = await workplace.expanded(COMPRESSORS[media_type](make_tar(SCANS)), media_type=media_type)

    assert (job.state, job.chunks, job.lease) == (JobState.RUNNING, 3, None)
    assert job.totals is not None
    assert (job.totals.items, job.totals.bytes) == (10, sum(len(content) for _, content in SCANS))
    items = await workplace.items(job)
    assert [(item.index, item.name) for item in items] == [(index, name) for index, (name, _) in enumerate(SCANS)]
    assert [await source_of(workplace, item) for item in items] == [content for _, content in SCANS]
    assert list(await packs_of(workplace, job)) == [pack_key(job.id, 0)]


async def test_its_pictures_are_colorized_like_any_other(workplace: Workplace) -> None:
    pictures = [(f"{number}.jpg", picture(number)) for number in range(6)]
    job = await workplace.expanded(gzip.compress(make_tar([*pictures, ("notes.txt", b"x")])), media_type=GZIP)

    await work_off(workplace, workplace.colorizer())

    ended = await workplace.check(job)
    assert (ended.state, ended.counts) == (JobState.SUCCEEDED, Counts(succeeded=6, skipped=1))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (SCANS_TAR_GZ[:-100], "archive_truncated"),
        (SCANS_TAR_GZ[:2000] + b"damage" + SCANS_TAR_GZ[2006:], "archive_corrupt"),
        (gzip.compress(b"\xff\xd8\xff a picture"), "not_a_tar"),
        (gzip.compress(make_tar([("notes.txt", b"x")])), "empty_archive"),
        (gzip.compress(make_tar([])), "empty_archive"),
    ],
    ids=["cut off", "damaged", "no tar", "no picture", "nothing"],
)
async def test_an_unusable_tar_fails_the_job_with_its_code(workplace: Workplace, content: bytes, code: str) -> None:
    job = await workplace.expanded(content, media_type=GZIP)

    assert (job.state, job.error and job.error.code) == (JobState.FAILED, code)
    assert job.error is not None
    assert job.error.detail.endswith(".")
    assert workplace.messages(Queue.BULK) == []


async def test_a_tar_that_takes_too_long_fails_the_job(workplace: Workplace) -> None:
    job = await workplace.submit_archive(SCANS_TAR_GZ, media_type=GZIP)

    await replace(workplace.expander(), limits=ArchiveLimits(max_seconds=0.0)).expand(job.id)

    assert ((await workplace.job(job)).error or pytest.fail("no error")).code == "archive_too_slow"


async def test_an_expansion_that_died_is_repeated_with_the_same_packs_and_without_duplicates(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "PACK_ENTRIES", 3)
    job = await workplace.submit_archive(SCANS_TAR_GZ, chunk_items=1, media_type=GZIP)
    workplace.lease = lease = LeaseSettings(seconds=0.5, renew_seconds=0.1)
    await workplace.stores.expansions.claim_expansion(job.id, "dead", "ingest", lease.seconds)
    first = [chunk async for chunk in workplace.expander()._chunks(job)]
    before = await packs_of(workplace, job)
    await workplace.stores.chunks.insert(first[:7])
    await workplace.storage.delete(pack_key(job.id, 3))
    await anyio.sleep(lease.seconds)

    await workplace.expander().expand(job.id)

    assert len(before) == 4
    assert await packs_of(workplace, job) == before
    assert [item.locator for item in await workplace.items(job)] == [chunk.items[0].locator for chunk in first]


class Watched:
    """Storage that calls a function before each put."""

    def __init__(self, workplace: Workplace, before_put) -> None:
        self._storage, self._before_put = workplace.storage, before_put

    def __getattr__(self, name: str):
        return getattr(self._storage, name)

    async def put(self, key: str, *args):
        await self._before_put(key)
        await self._storage.put(key, *args)


async def test_no_chunk_refers_to_a_pack_before_it_is_stored(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "PACK_ENTRIES", 2)
    monkeypatch.setattr("worker.expand.expand.CHUNKS_PER_INSERT", 1)
    job = await workplace.submit_archive(SCANS_TAR_GZ, chunk_items=1, media_type=GZIP)
    premature = []

    async def look(key: str) -> None:
        stored = await packs_of(workplace, job)
        locators = [item.locator for item in await workplace.items(job)]
        premature.extend(locator for locator in locators if locator and locator["key"] not in stored)

    await workplace.expander(storage=Watched(workplace, look)).expand(job.id)

    assert len(await packs_of(workplace, job)) == 5
    assert premature == []


async def test_a_job_canceled_while_it_is_packed_ends_canceled(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "PACK_ENTRIES", 3)
    job = await workplace.submit_archive(SCANS_TAR_GZ, media_type=GZIP)
    workplace.lease = LeaseSettings(seconds=5.0, renew_seconds=0.1)

    async def cancel_at_the_second(key: str) -> None:
        await {pack_key(job.id, 1): cancel}.get(key, anyio.lowlevel.checkpoint)()

    async def cancel() -> None:
        # As the gateway does it, which does not end with the expander's lease.
        with anyio.CancelScope(shield=True):
            await workplace.job_service.cancel(await workplace.job(job))
        await anyio.sleep(30)

    with anyio.fail_after(10):
        await workplace.expander(storage=Watched(workplace, cancel_at_the_second)).expand(job.id)

    ended = await workplace.job(job)
    assert (ended.state, ended.counts, ended.chunks) == (JobState.CANCELED, Counts(), None)
    assert list(await packs_of(workplace, job)) == [pack_key(job.id, 0)]


async def test_packing_continues_after_an_outage_of_the_storage(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "PACK_ENTRIES", 2)
    job = await workplace.submit_archive(SCANS_TAR_GZ, media_type=GZIP)
    attempts = []

    async def unavailable_twice(key: str) -> None:
        attempts.append(key)
        if len(attempts) in (2, 3):
            raise StorageUnavailable(key)

    await workplace.expander(storage=Watched(workplace, unavailable_twice)).expand(job.id)

    assert attempts == [pack_key(job.id, number) for number in (0, 1, 1, 1, 2, 3, 4)]
    assert (await workplace.job(job)).state is JobState.RUNNING


async def test_an_unreadable_entry_fails_alone(workplace: Workplace) -> None:
    job = await workplace.submit_archive(
        gzip.compress(make_tar([("a.jpg", b"x"), ("large.jpg", bytes(5000)), ("b.jpg", b"y")])), media_type=GZIP
    )
    limits = ArchiveLimits(max_entry_bytes=4000, max_ratio=1000)

    await replace(workplace.expander(), limits=limits).expand(job.id)

    items = await workplace.items(job)
    assert [item.error and item.error.code for item in items] == [None, "entry_too_large", None]
    assert [item.state for item in items] == [ItemState.PENDING, ItemState.FAILED, ItemState.PENDING]
