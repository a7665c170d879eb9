"""Bodies that are arriving: the reservation of their key, and who may clean up after them."""

import asyncio
from datetime import timedelta

import pytest

from shared.clock import utc_now
from shared.mongo import Database
from shared.uploads.store import UploadInFlight, UploadStore

pytestmark = pytest.mark.anyio

MINUTE = timedelta(minutes=1)


@pytest.fixture
def uploads(database: Database) -> UploadStore:
    return UploadStore(database)


async def standing_still(uploads: UploadStore, since_ago: timedelta) -> list[str]:
    return [upload.id async for upload in uploads.standing_still(utc_now() - since_ago)]


async def test_of_ten_requests_with_one_key_one_may_send_its_body(uploads: UploadStore) -> None:
    begun = (uploads.begin(f"job_{n}", "museum", "scan-17") for n in range(10))

    outcomes = await asyncio.gather(*begun, return_exceptions=True)

    assert outcomes.count(None) == 1
    assert [type(outcome) for outcome in outcomes if outcome is not None] == [UploadInFlight] * 9


async def test_the_key_is_free_again_once_the_upload_has_ended(uploads: UploadStore) -> None:
    await uploads.begin("job_a", "museum", "scan-17")
    await uploads.end("job_a")
    await uploads.end("job_a")

    await uploads.begin("job_b", "museum", "scan-17")


async def test_keys_are_each_owners_own_and_an_upload_needs_none(uploads: UploadStore) -> None:
    await uploads.begin("job_a", "museum", "scan-17")
    await uploads.begin("job_b", "family", "scan-17")
    await uploads.begin("job_c", "museum", None)
    await uploads.begin("job_d", "museum", None)

    assert await standing_still(uploads, -MINUTE) == ["job_a", "job_b", "job_c", "job_d"]


async def test_an_upload_that_moves_does_not_stand_still(uploads: UploadStore) -> None:
    await uploads.begin("job_a", "museum", None)
    await uploads.begin("job_b", "museum", None)
    await asyncio.sleep(0.02)
    since = utc_now()

    assert await uploads.touch("job_a")

    assert [upload.id async for upload in uploads.standing_still(since)] == ["job_b"]


async def test_an_upload_that_moved_again_cannot_be_abandoned(uploads: UploadStore) -> None:
    await uploads.begin("job_a", "museum", None)
    await uploads.touch("job_a")

    assert not await uploads.abandon("job_a", utc_now() - MINUTE)
    assert await uploads.touch("job_a")


async def test_an_abandoned_upload_cannot_become_a_job_and_stays_to_be_swept(uploads: UploadStore) -> None:
    await uploads.begin("job_a", "museum", None)

    assert await uploads.abandon("job_a", utc_now() + MINUTE)

    assert not await uploads.touch("job_a")
    # A sweep that dies between this and the removal of the objects is repeated by the next one.
    assert await standing_still(uploads, -MINUTE) == ["job_a"]
    assert await uploads.abandon("job_a", utc_now() + MINUTE)


async def test_an_upload_becomes_a_job_once_and_not_after_it_was_abandoned(uploads: UploadStore) -> None:
    for job_id in ("job_a", "job_b"):
        await uploads.begin(job_id, "museum", None)
    await uploads.abandon("job_b", utc_now() + MINUTE)

    assert [await uploads.become_job(job_id) for job_id in ("job_a", "job_a", "job_b")] == [True, False, False]
    assert await standing_still(uploads, -MINUTE) == ["job_b"]


async def test_what_has_ended_is_neither_touched_nor_abandoned(uploads: UploadStore) -> None:
    await uploads.begin("job_a", "museum", None)
    await uploads.end("job_a")

    assert not await uploads.touch("job_a")
    assert not await uploads.abandon("job_a", utc_now() + MINUTE)
