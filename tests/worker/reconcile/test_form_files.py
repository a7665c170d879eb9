"""A job of several files of one form: listed like uploads, but stored with the job."""

import pytest

from shared.clock import utc_now
from shared.ids import new_job_id
from shared.jobs.documents import Job, JobKind, UploadsSource
from shared.jobs.options import Options
from shared.lifecycle import Counts
from shared.listings.entries import classify, freeze
from shared.storage.keys import file_key, listing_key, source_key
from tests.fixtures.worker import MODEL, Workplace
from tests.fixtures.worker_steps import later, passes, work_off
from tests.zoo.pictures import picture

pytestmark = pytest.mark.anyio


async def submit_form(workplace: Workplace) -> Job:
    """As the gateway inserts it, whose message was lost."""
    job_id = new_job_id()
    keys = [source_key(job_id), file_key(job_id, 1), file_key(job_id, 2)]
    contents = [picture(number) for number in range(len(keys))]
    for key, content in zip(keys, contents, strict=True):
        await workplace.storage.put(key, content, "image/jpeg")

    async def listed():
        for key, content in zip(keys, contents, strict=True):
            yield classify("scan.jpg", key, len(content), (await workplace.storage.head(key)).etag)

    job = Job(
        id=job_id,
        owner="museum",
        kind=JobKind.BULK,
        source=UploadsSource(count=len(keys), bytes=sum(map(len, contents))),
        listing=await freeze(workplace.storage, listing_key(job_id, "token"), listed()),
        options=Options(model=MODEL),
        chunk_items=2,
        created_at=utc_now(),
    )
    await workplace.stores.jobs.insert(job)
    return job


async def test_a_form_whose_message_was_lost_is_colorized(workplace: Workplace) -> None:
    job = await submit_form(workplace)

    await passes(workplace, clock=later(3600))
    await workplace.expander().expand(job.id)
    await work_off(workplace, workplace.colorizer())

    assert (await workplace.check(job)).counts == Counts(succeeded=3)


async def test_a_form_whose_files_were_removed_is_taken_back(workplace: Workplace) -> None:
    """Its gateway stalled before the insert and died after it."""
    job = await submit_form(workplace)
    await workplace.storage.delete_prefix(f"jobs/{job.id}/")

    await passes(workplace, clock=later(3600))

    assert await workplace.stores.jobs.get(job.id) is None
