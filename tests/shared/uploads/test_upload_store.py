"""Files that are sent part by part: whose they are, who may take them, and when they are removed."""

import asyncio
from datetime import timedelta

import pytest

from shared.clock import utc_now
from shared.mongo import Database
from shared.uploads.store import KEPT, SLICE, Upload, UploadState, UploadStore

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)


@pytest.fixture
def uploads(database: Database) -> UploadStore:
    return UploadStore(database)


async def begin(uploads: UploadStore, owner: str = "museum", **fields: object) -> Upload:
    known = {"owner": owner, "filename": "a.zip", "bytes": 10, "part_bytes": 4, "key": "k", "parts_id": "p"}
    times = {"created_at": utc_now(), "expires_at": utc_now() + KEPT}
    upload = Upload.model_validate({**known, **times, **fields})
    await uploads.insert(upload)
    return upload


async def completed(uploads: UploadStore, owner: str = "museum") -> str:
    upload = await begin(uploads, owner)
    assert await uploads.complete(upload.id, "image/jpeg", "e")
    return upload.id


async def state(uploads: UploadStore, upload_id: str) -> UploadState | None:
    found = await uploads.get(upload_id)
    return found.state if found else None


def test_all_parts_have_one_length_but_for_the_last() -> None:
    upload = Upload.model_construct(bytes=10, part_bytes=4)

    assert upload.part_count == 3
    assert [upload.part_length(number) for number in (1, 2, 3)] == [4, 4, 2]


async def test_what_was_begun_is_found_as_it_was(uploads: UploadStore) -> None:
    upload = await begin(uploads)

    assert await uploads.get(upload.id) == upload
    assert await uploads.get("upl_another") is None


async def test_an_upload_is_completed_once_and_keeps_its_etags(uploads: UploadStore) -> None:
    upload = await begin(uploads)

    assert await uploads.keep(upload.id, ["a", "b", "c"])
    assert await uploads.complete(upload.id, "application/zip", "e")
    assert not await uploads.complete(upload.id, "image/png", "f")
    assert not await uploads.keep(upload.id, ["d"])

    found = await uploads.get(upload.id)
    assert found is not None
    assert (found.state, found.media_type, found.etag) == (UploadState.COMPLETED, "application/zip", "e")
    assert found.etags == ["a", "b", "c"]


async def test_of_ten_jobs_one_gets_an_upload(uploads: UploadStore) -> None:
    upload_id = await completed(uploads)

    claims = await asyncio.gather(*(uploads.claim([upload_id], "museum", f"job_{n}") for n in range(10)))

    assert sorted(claims) == [False] * 9 + [True]


async def test_a_job_gets_all_that_it_asks_for_or_gives_them_back(uploads: UploadStore) -> None:
    mine, other, unfinished = await completed(uploads), await completed(uploads, "family"), await begin(uploads)

    assert not await uploads.claim([mine, other], "museum", "job_a")
    await uploads.release("job_a")
    assert not await uploads.claim([mine, unfinished.id], "museum", "job_b")
    await uploads.release("job_b")

    assert await uploads.claim([mine], "museum", "job_c")
    assert [await state(uploads, each) for each in (mine, other, unfinished.id)] == ["used", "completed", "open"]
    assert [upload.id for upload in await uploads.of_job("job_c", 10)] == [mine]


async def test_uploads_are_found_in_the_order_asked_for(uploads: UploadStore) -> None:
    first, second = await completed(uploads), await completed(uploads)

    assert [upload.id for upload in await uploads.get_many([second, "upl_unknown", first])] == [second, first]


async def test_what_nobody_comes_back_for_expires_and_what_a_job_has_does_not(uploads: UploadStore) -> None:
    left, used, kept = [await begin(uploads, expires_at=utc_now() - SECOND) for _ in range(3)]
    done, late = await begin(uploads, state="completed", expires_at=utc_now() - SECOND), await completed(uploads)
    await uploads.complete(used.id, None, "e")
    await uploads.claim([used.id], "museum", "job_a")
    await uploads.keep(kept.id)

    now = utc_now()
    assert {upload.id async for upload in uploads.expired(now)} == {left.id, done.id}
    assert await uploads.take_away(left.id, now)
    assert not await uploads.take_away(used.id, now)
    assert not await uploads.take_away(kept.id, now)
    assert not await uploads.take_away(late, now)


async def test_what_was_taken_away_is_nobodys_and_can_be_taken_away_again(uploads: UploadStore) -> None:
    upload_id = await completed(uploads)

    assert await uploads.take_away(upload_id)
    assert not await uploads.claim([upload_id], "museum", "job_a")
    assert not await uploads.keep(upload_id)
    # A sweep that dies before it has removed what was stored is repeated.
    assert await uploads.take_away(upload_id)

    await uploads.remove(upload_id)
    assert await state(uploads, upload_id) is None
    assert not await uploads.take_away(upload_id)


async def test_many_uploads_are_claimed_and_found_together(uploads: UploadStore) -> None:
    begun = [await begin(uploads, state="completed") for _ in range(SLICE + 1)]
    ids = [upload.id for upload in begun]

    assert await uploads.claim(ids, "museum", "job_a")
    assert not await uploads.claim(ids[-1:], "museum", "job_b")
    assert [upload.id for upload in await uploads.get_many(ids)] == ids
