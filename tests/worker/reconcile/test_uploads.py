"""Multipart uploads on real servers: kept until they expire or as long as their job, then removed."""

from datetime import timedelta

import pytest

from shared.clock import utc_now
from shared.ids import new_job_id, new_upload_id
from shared.jobs.documents import Job, JobKind, Source, UploadsSource
from shared.jobs.options import Options
from shared.lifecycle import Counts
from shared.listings.entries import classify, freeze
from shared.queue import Queue
from shared.settings import LeaseSettings
from shared.storage.errors import ObjectNotFound
from shared.storage.keys import listing_key, upload_key
from shared.uploads.store import LIFETIME, Upload, UploadState, UploadStore
from tests.fixtures.worker import MODEL, Workplace
from tests.fixtures.worker_steps import later, passes, work_off
from tests.zoo.pictures import picture, scans

pytestmark = pytest.mark.anyio

BRIEF = LeaseSettings(seconds=0.3, renew_seconds=0.1, grace_seconds=0)
DAY = LIFETIME.total_seconds()


@pytest.fixture
def uploads(workplace: Workplace) -> UploadStore:
    return UploadStore(workplace.database)


async def begun(workplace: Workplace, uploads: UploadStore, content: bytes) -> tuple[Upload, str]:
    """An upload with its only part sent, and the ETag of that part."""
    upload_id = new_upload_id()
    key = upload_key(upload_id)
    parts_id = await workplace.storage.begin_parts(key, "application/octet-stream")
    upload = Upload(
        id=upload_id,
        owner="museum",
        filename="scan.jpg",
        bytes=len(content),
        part_bytes=len(content),
        key=key,
        parts_id=parts_id,
        created_at=utc_now(),
        expires_at=utc_now() + LIFETIME,
    )
    await uploads.insert(upload)
    return upload, await workplace.storage.put_part(key, parts_id, 1, content)


async def completed(workplace: Workplace, uploads: UploadStore, content: bytes, media_type: str) -> Upload:
    upload, etag = await begun(workplace, uploads, content)
    await workplace.storage.complete_parts(upload.key, upload.parts_id, [etag], len(content))
    assert await uploads.complete(upload.id, media_type, (await workplace.storage.head(upload.key)).etag)
    upload_after = await uploads.get(upload.id)
    assert upload_after is not None
    return upload_after


async def submit_files(workplace: Workplace, uploads: UploadStore, count: int) -> tuple[Job, list[Upload]]:
    """A job of several uploads, as the gateway inserts it."""
    files = [await completed(workplace, uploads, picture(n), "image/jpeg") for n in range(count)]
    job_id = new_job_id()
    assert await uploads.claim([file.id for file in files], "museum", job_id)

    async def listed():
        for file in files:
            yield classify(file.filename or "", file.key, file.bytes, file.etag or "")

    job = Job(
        id=job_id,
        owner="museum",
        kind=JobKind.BULK,
        source=UploadsSource(count=count, bytes=sum(file.bytes for file in files)),
        listing=await freeze(workplace.storage, listing_key(job_id, "token"), listed()),
        options=Options(model=MODEL),
        chunk_items=2,
        created_at=utc_now(),
    )
    await workplace.stores.jobs.insert(job)
    return job, files


async def exists(workplace: Workplace, upload: Upload) -> bool:
    try:
        await workplace.storage.head(upload.key)
    except ObjectNotFound:
        return False
    return True


async def test_several_files_are_one_job(workplace: Workplace, uploads: UploadStore) -> None:
    job, _ = await submit_files(workplace, uploads, 3)

    await workplace.expander().expand(job.id)
    await work_off(workplace, workplace.colorizer())

    assert (await workplace.check(job)).counts == Counts(succeeded=3)
    assert [item.member for item in await workplace.items(job)] == ["scan.jpg", "scan~1.jpg", "scan~2.jpg"]


async def test_an_uploaded_archive_is_expanded_in_place(workplace: Workplace, uploads: UploadStore) -> None:
    file = await completed(workplace, uploads, scans(3), "application/zip")
    source = Source(key=file.key, filename="a.zip", media_type="application/zip", bytes=file.bytes, sha256=None)

    job = await workplace.expanded(b"", source=source)
    await work_off(workplace, workplace.colorizer())

    assert (await workplace.check(job)).counts == Counts(succeeded=3)


async def test_expired_uploads_are_removed_with_their_parts(workplace: Workplace, uploads: UploadStore) -> None:
    (incomplete, etag), done = (
        await begun(workplace, uploads, b"part"),
        await completed(workplace, uploads, picture(), "image/jpeg"),
    )

    await passes(workplace, clock=later(DAY - 60))
    assert await exists(workplace, done)
    await passes(workplace, clock=later(DAY + 60))

    assert not await exists(workplace, done)
    assert [await uploads.get(each.id) for each in (incomplete, done)] == [None, None]
    with pytest.raises(ObjectNotFound):
        await workplace.storage.complete_parts(incomplete.key, incomplete.parts_id, [etag], 4)


async def test_the_uploads_of_a_job_are_kept_and_deleted_with_it(workplace: Workplace, uploads: UploadStore) -> None:
    job, files = await submit_files(workplace, uploads, 3)
    other = await completed(workplace, uploads, picture(), "image/jpeg")
    await workplace.job_service.begin_run(job)
    await passes(workplace, clock=later(DAY / 2))
    assert [await exists(workplace, file) for file in files] == [True] * 3

    await workplace.job_service.delete(job.id, 0)
    await passes(workplace, 4, lease=BRIEF)

    assert await workplace.stores.jobs.get(job.id) is None
    assert [await exists(workplace, file) for file in (*files, other)] == [False] * 3 + [True]
    assert await uploads.get_many([file.id for file in files]) == []


async def test_uploads_claimed_by_a_submission_that_died_can_be_claimed_again(
    workplace: Workplace, uploads: UploadStore
) -> None:
    file, job_id = await completed(workplace, uploads, picture(), "image/jpeg"), new_job_id()
    await workplace.stores.submissions.begin(job_id, "museum", None)
    assert await uploads.claim([file.id], "museum", job_id)

    await passes(workplace, clock=later(3600))

    assert await exists(workplace, file)
    assert await uploads.claim([file.id], "museum", new_job_id())


async def test_a_job_whose_uploads_were_released_is_removed(workplace: Workplace, uploads: UploadStore) -> None:
    """Its gateway stalled before the insert and died after it."""
    job, files = await submit_files(workplace, uploads, 1)
    await uploads.release(job.id)

    await passes(workplace, clock=later(60))

    assert await workplace.stores.jobs.get(job.id) is None
    assert workplace.messages(Queue.INGEST) == []
    upload = await uploads.get(files[0].id)
    assert upload is not None
    assert upload.state is UploadState.COMPLETED


async def test_a_sweep_that_died_halfway_is_continued(workplace: Workplace, uploads: UploadStore) -> None:
    file = await completed(workplace, uploads, picture(), "image/jpeg")
    now = utc_now() + LIFETIME + timedelta(minutes=1)
    assert await uploads.begin_removal(file.id, now)

    await passes(workplace, clock=lambda: now)

    assert not await exists(workplace, file)
    assert await uploads.get(file.id) is None
    assert (await workplace.database["part_uploads"].count_documents({})) == 0


async def test_a_retry_finds_its_files(workplace: Workplace, uploads: UploadStore) -> None:
    job, _ = await submit_files(workplace, uploads, 1)
    await workplace.expander().expand(job.id)
    await workplace.job_service.cancel(await workplace.job(job))
    workplace.drain(Queue.BULK)

    await workplace.job_service.retry(await workplace.check(job))
    await workplace.expander().expand(job.id)
    await work_off(workplace, workplace.colorizer())

    assert (await workplace.check(job)).counts == Counts(succeeded=1)
