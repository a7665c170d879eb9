"""Uploads: who owns them, who may claim them, and when they are removed."""

import asyncio
from datetime import timedelta

import pytest

from shared.clock import utc_now
from shared.mongo import Database
from shared.uploads.store import IDS_PER_QUERY, LIFETIME, Upload, UploadState, UploadStore

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)


@pytest.fixture
def uploads(database: Database) -> UploadStore:
    return UploadStore(database)


async def begin(uploads: UploadStore, owner: str = "museum", **fields: object) -> Upload:
    known = {"owner": owner, "filename": "a.zip", "bytes": 10, "part_bytes": 4, "key": "k", "parts_id": "p"}
    times = {"created_at": utc_now(), "expires_at": utc_now() + LIFETIME}
    upload = Upload.model_validate({**known, **times, **fields})
    await uploads.insert(upload)
    return upload


async def completed(uploads: UploadStore, owner: str = "museum") -> str:
    upload = await begin(uploads, owner)
    assert await uploads.complete(upload.id, "image/jpeg", "e")
    return upload.id


async def state(uploads: UploadStore, upload_id: str) -> UploadState | None:
    upload = await uploads.get(upload_id)
    return upload.state if upload else None


def test_all_parts_have_one_length_but_for_the_last() -> None:
    upload = Upload.model_construct(bytes=10, part_bytes=4)

    assert upload.part_count == 3
    assert [upload.part_length(number) for number in (1, 2, 3)] == [4, 4, 2]


async def test_an_upload_is_read_back_unchanged(uploads: UploadStore) -> None:
    upload = await begin(uploads)

    assert await uploads.get(upload.id) == upload
    assert await uploads.get("upl_another") is None


async def test_an_upload_is_completed_once_and_keeps_its_etags(uploads: UploadStore) -> None:
    upload = await begin(uploads)

    assert await uploads.extend(upload.id, ["a", "b", "c"])
    assert await uploads.complete(upload.id, "application/zip", "e")
    assert not await uploads.complete(upload.id, "image/png", "f")
    assert not await uploads.extend(upload.id, ["d"])

    stored = await uploads.get(upload.id)
    assert stored is not None
    assert (stored.state, stored.media_type, stored.etag) == (UploadState.COMPLETED, "application/zip", "e")
    assert stored.etags == ["a", "b", "c"]


async def test_of_ten_concurrent_jobs_one_claims_an_upload(uploads: UploadStore) -> None:
    upload_id = await completed(uploads)

    claims = await asyncio.gather(*(uploads.claim([upload_id], "museum", f"job_{n}") for n in range(10)))

    assert sorted(claims) == [False] * 9 + [True]


async def test_a_job_claims_all_of_its_uploads_or_releases_them(uploads: UploadStore) -> None:
    mine, other, unfinished = await completed(uploads), await completed(uploads, "family"), await begin(uploads)

    assert not await uploads.claim([mine, other], "museum", "job_a")
    await uploads.release("job_a")
    assert not await uploads.claim([mine, unfinished.id], "museum", "job_b")
    await uploads.release("job_b")

    assert await uploads.claim([mine], "museum", "job_c")
    assert [await state(uploads, each) for each in (mine, other, unfinished.id)] == ["used", "completed", "open"]
    assert [upload.id for upload in await uploads.of_job("job_c", 10)] == [mine]


async def test_uploads_are_returned_in_the_order_of_the_ids(uploads: UploadStore) -> None:
    first, second = await completed(uploads), await completed(uploads)

    assert [upload.id for upload in await uploads.get_many([second, "upl_unknown", first])] == [second, first]


async def test_an_unclaimed_upload_expires_and_a_claimed_one_does_not(uploads: UploadStore) -> None:
    left, used, kept = [await begin(uploads, expires_at=utc_now() - SECOND) for _ in range(3)]
    done, late = await begin(uploads, state="completed", expires_at=utc_now() - SECOND), await completed(uploads)
    await uploads.complete(used.id, None, "e")
    await uploads.claim([used.id], "museum", "job_a")
    await uploads.extend(kept.id)

    now = utc_now()
    assert {upload.id async for upload in uploads.expired(now)} == {left.id, done.id}
    assert await uploads.begin_removal(left.id, now)
    assert not await uploads.begin_removal(used.id, now)
    assert not await uploads.begin_removal(kept.id, now)
    assert not await uploads.begin_removal(late, now)


async def test_an_upload_being_removed_cannot_be_used_and_the_removal_may_be_repeated(uploads: UploadStore) -> None:
    upload_id = await completed(uploads)

    assert await uploads.begin_removal(upload_id)
    assert not await uploads.claim([upload_id], "museum", "job_a")
    assert not await uploads.extend(upload_id)
    # If a sweep dies before it has removed the objects, the next one repeats it.
    assert await uploads.begin_removal(upload_id)

    await uploads.remove(upload_id)
    assert await state(uploads, upload_id) is None
    assert not await uploads.begin_removal(upload_id)


async def test_many_uploads_are_claimed_and_found_together(uploads: UploadStore) -> None:
    begun = [await begin(uploads, state="completed") for _ in range(IDS_PER_QUERY + 1)]
    ids = [upload.id for upload in begun]

    assert await uploads.claim(ids, "museum", "job_a")
    assert not await uploads.claim(ids[-1:], "museum", "job_b")
    assert [upload.id for upload in await uploads.get_many(ids)] == ids
