"""Jobs over objects in a user's bucket, on real servers: listed once, read in place, never written to."""

from dataclasses import replace
from uuid import uuid4

import anyio
import pytest

from shared.clock import utc_now
from shared.jobs.documents import Job, JobKind, ManifestSource, PrefixSource
from shared.jobs.options import Options
from shared.lifecycle import Counts, ItemState, JobState
from shared.listings.errors import SourceUnavailable
from shared.queue import Queue
from shared.settings import LeaseSettings
from shared.storage.errors import StorageUnavailable
from shared.storage.keys import job_prefix
from shared.storage.s3 import S3Storage
from tests.fixtures.ports import free_port
from tests.fixtures.storage import bucket_settings
from tests.fixtures.worker import MODEL, Workplace
from tests.fixtures.worker_steps import Unreliable, work_off
from tests.zoo.pictures import picture
from worker.chunk.fetching import ObjectFetcher

pytestmark = pytest.mark.anyio

PREFIX = PrefixSource(bucket="theirs", prefix="scans/")
MANIFEST = ManifestSource(bucket="theirs", key="list.jsonl", format="jsonl")


@pytest.fixture
async def theirs(workplace: Workplace) -> S3Storage:
    bucket = workplace.storage.in_bucket(f"theirs-{uuid4().hex}")
    await bucket.ensure_bucket()
    workplace.allowed = {"theirs": bucket}
    return bucket


async def fill(bucket: S3Storage, count: int = 6) -> None:
    for number in range(count):
        await bucket.put(f"scans/{number}.jpg", picture(number), "image/jpeg")


async def submit(workplace: Workplace, source: PrefixSource | ManifestSource = PREFIX, chunk_items: int = 4) -> Job:
    job = Job(
        owner="museum",
        kind=JobKind.BULK,
        source=source,
        options=Options(model=MODEL),
        chunk_items=chunk_items,
        created_at=utc_now(),
    )
    await workplace.stores.jobs.insert(job)
    return job


async def expand(workplace: Workplace, source: PrefixSource | ManifestSource = PREFIX) -> Job:
    job = await submit(workplace, source)
    await workplace.expander().expand(job.id)
    return await workplace.job(job)


async def names(workplace: Workplace, job: Job) -> list[str]:
    return [item.name for item in await workplace.items(job)]


async def contents(bucket: S3Storage) -> dict[str, str]:
    return {listed.key: listed.etag async for listed in bucket.list_prefix("")}


async def outcomes(workplace: Workplace, job: Job) -> list[tuple[ItemState, str | None]]:
    return [(item.state, item.error.code if item.error else None) for item in await workplace.items(job)]


async def test_a_prefix_is_colorized_and_left_unchanged(workplace: Workplace, theirs: S3Storage) -> None:
    await fill(theirs)
    await theirs.put("scans/readme.txt", b"About these scans.", "text/plain")
    before = await contents(theirs)

    job = await expand(workplace)
    await work_off(workplace, workplace.colorizer())

    ended = await workplace.check(job)
    assert (ended.state, ended.counts) == (JobState.SUCCEEDED, Counts(succeeded=6, skipped=1))
    assert ended.totals is not None
    assert ended.totals.bytes == sum(len(picture(number)) for number in range(6))
    items = await workplace.items(job)
    assert [item.name for item in items] == [*(f"{number}.jpg" for number in range(6)), "readme.txt"]
    assert all(result.key.startswith(job_prefix(job.id)) for item in items for result in item.results)
    assert await contents(theirs) == before


async def test_items_have_the_columns_and_the_order_of_the_manifest(workplace: Workplace, theirs: S3Storage) -> None:
    await fill(theirs, 2)
    rows = b'{"key":"scans/1.jpg","title":"B"}\n{"key":"scans/gone.jpg","year":7}\n{"key":"scans/0.jpg"}\n'
    await theirs.put("list.jsonl", rows, "application/x-ndjson")

    job = await expand(workplace, MANIFEST)
    await work_off(workplace, workplace.colorizer())

    ended = await workplace.check(job)
    assert ended.state is JobState.PARTIALLY_SUCCEEDED
    assert ended.listing is not None
    assert ended.listing.columns == ["title", "year"]
    assert [(item.name, item.columns) for item in await workplace.items(job)] == [
        ("scans/1.jpg", {"title": "B"}),
        ("scans/gone.jpg", {"year": "7"}),
        ("scans/0.jpg", {}),
    ]
    assert await outcomes(workplace, job) == [
        (ItemState.SUCCEEDED, None),
        (ItemState.FAILED, "source_missing"),
        (ItemState.SUCCEEDED, None),
    ]


async def test_a_prefix_without_a_picture_fails_at_once(workplace: Workplace, theirs: S3Storage) -> None:
    job = await expand(workplace)

    ended = await workplace.check(job)
    assert (ended.state, ended.error and ended.error.code) == (JobState.FAILED, "empty_archive")


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (PrefixSource(bucket="another", prefix=""), "bucket_not_allowed"),
        (MANIFEST.model_copy(update={"key": "gone.jsonl"}), "manifest_missing"),
        (MANIFEST.model_copy(update={"key": "scans/0.jpg"}), "manifest_invalid"),
    ],
)
async def test_a_source_that_cannot_be_listed_fails_the_job_with_its_code(
    workplace: Workplace, theirs: S3Storage, source: PrefixSource | ManifestSource, code: str
) -> None:
    await fill(theirs, 1)

    job = await expand(workplace, source)

    assert (job.state, job.error and job.error.code, job.listing) == (JobState.FAILED, code, None)


async def test_later_changes_in_the_prefix_do_not_change_the_job(workplace: Workplace, theirs: S3Storage) -> None:
    await fill(theirs, 5)
    job = await submit(workplace, chunk_items=2)
    lease = LeaseSettings(seconds=0.3, renew_seconds=0.1)
    first = await workplace.stores.expansions.claim_expansion(job.id, "dead", "ingest", lease.seconds)
    assert first is not None
    # An expander that died after recording its listing and inserting a chunk.
    contents = workplace.expander()._contents
    listed = await contents.with_listing(workplace.stores.expansions, first, "dead")
    begun = [chunk async for chunk in workplace.expander()._chunks(listed)][:1]
    await workplace.stores.chunks.insert(begun)
    await theirs.put("scans/00.jpg", picture(), "image/jpeg")
    await theirs.delete("scans/4.jpg")
    await anyio.sleep(lease.seconds)

    await workplace.expander().expand(job.id)
    await work_off(workplace, workplace.colorizer())

    ended = await workplace.check(job)
    assert await names(workplace, job) == [f"{number}.jpg" for number in range(5)]
    assert (ended.listing, ended.state) == (listed.listing, JobState.PARTIALLY_SUCCEEDED)
    assert (await outcomes(workplace, job))[4] == (ItemState.FAILED, "source_missing")


async def test_the_first_of_two_listings_is_kept(workplace: Workplace, theirs: S3Storage) -> None:
    await fill(theirs, 1)
    job = await submit(workplace)
    expansions, parts = workplace.stores.expansions, workplace.expander()._contents
    claimed = await expansions.claim_expansion(job.id, "holder", "ingest", 60)
    assert claimed is not None

    first = await parts.with_listing(expansions, claimed, "holder")
    await fill(theirs, 3)
    second = await parts.with_listing(expansions, claimed, "holder")

    assert first.listing == second.listing
    assert first.listing is not None
    assert first.listing.entries == 1


async def test_an_object_that_was_replaced_after_the_listing_fails(workplace: Workplace, theirs: S3Storage) -> None:
    await fill(theirs, 2)
    job = await expand(workplace)
    await theirs.put("scans/1.jpg", picture(7), "image/jpeg")

    await work_off(workplace, workplace.colorizer())

    assert await outcomes(workplace, job) == [(ItemState.SUCCEEDED, None), (ItemState.FAILED, "source_changed")]


async def test_a_retry_keeps_the_listing(workplace: Workplace, theirs: S3Storage) -> None:
    await fill(theirs, 2)
    job = await expand(workplace)
    workplace.allowed = {}
    await work_off(workplace, workplace.colorizer())
    refused = await workplace.check(job)
    assert {code for _, code in await outcomes(workplace, job)} == {"source_refused"}
    await fill(theirs, 3)

    workplace.allowed = {"theirs": theirs}
    await workplace.job_service.retry(refused)
    workplace.drain(Queue.INGEST)
    await workplace.expander().expand(job.id)
    await work_off(workplace, workplace.colorizer())

    ended = await workplace.check(job)
    assert await names(workplace, job) == ["0.jpg", "1.jpg"]
    # They were written again after the listing, so their ETags differ.
    assert ended.counts == Counts(failed=2)


async def test_a_retry_of_a_job_without_a_listing_makes_one(workplace: Workplace, theirs: S3Storage) -> None:
    failed = await expand(workplace, MANIFEST)
    await fill(theirs, 1)
    await theirs.put("list.jsonl", b'{"key":"scans/0.jpg"}', "application/x-ndjson")

    await workplace.job_service.retry(failed)
    await workplace.expander().expand(failed.id)

    assert (await workplace.job(failed)).state is JobState.RUNNING


async def test_an_outage_while_listing_releases_the_job(workplace: Workplace, theirs: S3Storage) -> None:
    await fill(theirs, 1)
    job = await submit(workplace)
    unavailable = Unreliable(workplace.storage, StorageUnavailable("away"), away=True)

    with pytest.raises(StorageUnavailable):
        await workplace.expander(storage=unavailable).expand(job.id)

    again = await workplace.job(job)
    assert (again.state, again.lease, again.listing) == (JobState.QUEUED, None, None)


async def test_another_server_gets_one_timeout_per_chunk(workplace: Workplace) -> None:
    away = S3Storage(bucket_settings(f"http://127.0.0.1:{free_port()}"))
    buckets = replace(workplace.buckets, allowed={"far": away})
    locator = {"key": "a.jpg", "length": 1, "etag": "e", "bucket": "far"}
    fetcher = ObjectFetcher(buckets, timeout_seconds=1.0)

    durations = []
    for _ in range(2):
        begun = anyio.current_time()
        with pytest.raises(SourceUnavailable):
            await fetcher.fetch(locator)  # type: ignore[arg-type]
        durations.append(anyio.current_time() - begun)
    away.close()

    assert durations[1] < durations[0]
