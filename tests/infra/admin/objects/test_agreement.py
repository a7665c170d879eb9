"""What the doctor detects and repairs when database and storage do not agree, and what it leaves alone."""

from datetime import timedelta
from typing import Any

import pytest

from infra.admin.doctor import parts
from infra.admin.doctor.agreement import Agreement
from infra.admin.doctor.contents import Comparing, Comparison
from infra.admin.doctor.findings import Finding, Level
from infra.admin.doctor.parts import check_parts
from shared.clock import utc_now
from shared.ids import new_job_id, new_upload_id
from shared.jobs.corrections import RESULTS_LOST
from shared.jobs.documents import Job
from shared.lifecycle import JobState
from shared.queue import Queue
from shared.storage.errors import ObjectNotFound, StorageRefused
from shared.storage.keys import preview_key, result_key, source_key, upload_key
from shared.submissions.store import SubmissionStore
from tests.fixtures.worker import Workplace
from tests.fixtures.worker_steps import Unreliable, later, work_off
from tests.zoo.pictures import scans

pytestmark = pytest.mark.anyio

AHEAD = timedelta(minutes=-5)  # So that everything is older than the grace.
DAY = timedelta(days=1)


async def ended_job(workplace: Workplace) -> Job:
    job = await workplace.expanded(scans(6))
    await work_off(workplace, workplace.colorizer())
    return await workplace.check(job)


async def compare(workplace: Workplace, grace: timedelta = AHEAD, *, sums: bool = False) -> Comparison:
    return await Comparing(workplace.stores, workplace.storage, utc_now() - grace, sums).run()


async def repair(workplace: Workplace, grace: timedelta = AHEAD, *, sums: bool = False) -> list[Finding]:
    agreement = Agreement(grace, sums, repair=True)
    return [finding async for finding in agreement.compare(workplace.stores, workplace.storage)]


async def keys(workplace: Workplace) -> set[str]:
    return {info.key async for info in workplace.storage.list_prefix("")}


async def result_keys(workplace: Workplace, job: Job) -> list[str]:
    return [result.key for item in await workplace.items(job) for result in item.results]


async def test_a_sound_job_and_one_that_is_running_have_nothing_to_repair(workplace: Workplace):
    await repair(workplace)  # What other tests have left in the bucket.
    await ended_job(workplace)
    await workplace.expanded(scans(6))
    before = await keys(workplace)

    findings = await repair(workplace, sums=True)

    assert [(finding.level, finding.check) for finding in findings] == [(Level.OK, "objects")]
    assert "2 jobs" in findings[0].detail
    assert await keys(workplace) == before


async def test_parts_of_interrupted_uploads_are_counted_and_dropped(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
):
    await repair(workplace)
    key = source_key(new_job_id())
    upload = await workplace.storage.begin_parts(key, "application/zip")
    assert "parts" not in [finding.check for finding in await repair(workplace)], "its request may still be running"
    monkeypatch.setattr(parts, "utc_now", later(2 * DAY.total_seconds()))

    findings = [finding for finding in await repair(workplace) if key in finding.subjects]

    assert [(finding.check, finding.level) for finding in findings] == [("parts", Level.WARNING)]
    with pytest.raises(ObjectNotFound):
        await workplace.storage.abort_parts(key, upload)
    assert "parts" not in [finding.check for finding in await repair(workplace)]


async def test_a_storage_that_does_not_list_parts_is_a_warning_that_says_so(workplace: Workplace):
    class Reserved(Unreliable):
        def list_begun_parts(self, prefix: str) -> None:
            raise self.error

    storage: Any = Reserved(workplace.storage, StorageRefused("Object storage refuses the request: 403 AccessDenied."))

    (finding,) = [finding async for finding in check_parts(workplace.stores, storage, repair=False)]

    assert finding.level is Level.WARNING
    assert "cannot be listed: Object storage refuses the request: 403 AccessDenied." in finding.detail


async def test_missing_and_wrong_results_are_detected_and_a_retry_makes_them_again(workplace: Workplace):
    job = await ended_job(workplace)
    missing, short, changed, *others = await result_keys(workplace, job)
    content = {key: await workplace.storage.get(key) for key in others}
    await workplace.storage.delete(missing)
    await workplace.storage.put(short, b"short", "image/jpeg")
    size = (await workplace.storage.head(changed)).size
    await workplace.storage.put(changed, bytes(size), "image/jpeg")

    assert {(lost.key, lost.why) for lost in (await compare(workplace)).lost} == {(missing, "missing"), (short, "size")}
    findings = await repair(workplace, sums=True)

    assert {finding.subjects for finding in findings if finding.level is Level.ERROR} == {
        (missing,),
        (short,),
        (changed,),
    }
    marked = await workplace.check(job)
    assert (marked.state, marked.counts and marked.counts.failed) == (JobState.PARTIALLY_SUCCEEDED, 3)
    assert (await compare(workplace, sums=True)).lost == []

    assert await workplace.job_service.retry(marked)
    await workplace.expander().expand(job.id)
    await work_off(workplace, workplace.colorizer())
    retried = await workplace.check(job)
    assert retried.state is JobState.SUCCEEDED
    assert {key: await workplace.storage.get(key) for key in others} == content


async def test_without_repair_nothing_is_changed(workplace: Workplace):
    job = await ended_job(workplace)
    first, *_ = await result_keys(workplace, job)
    await workplace.storage.delete(first)
    agreement = Agreement(AHEAD)

    findings = [finding async for finding in agreement.compare(workplace.stores, workplace.storage)]

    assert (first,) in [finding.subjects for finding in findings]
    assert await workplace.job(job) == job


async def test_a_job_whose_counts_were_not_corrected_is_counted_anew(workplace: Workplace):
    """As if the doctor had died between the chunk and the job."""
    job = await ended_job(workplace)
    chunk = await workplace.chunk(job)

    assert await workplace.stores.chunks.fail_items(chunk, {0}, RESULTS_LOST)

    assert [each.id for each in (await compare(workplace)).uncounted] == [job.id]
    await repair(workplace)

    assert (await workplace.check(job)).counts.failed == 1


async def test_orphans_are_removed_once_they_are_old_enough(workplace: Workplace):
    job = await ended_job(workplace)
    orphans = {
        source_key(new_job_id()),
        upload_key(new_upload_id()),
        result_key(job.id, 0, 1, "0" * 16, ".jpg"),  # Left by a worker that had lost its lease.
        preview_key(job.id, 0, "result", "0" * 16),
    }
    for key in orphans:
        await workplace.storage.put(key, b"orphan", "image/jpeg")

    young = await repair(workplace, grace=DAY)
    assert all(finding.level is Level.OK for finding in young)
    assert orphans <= await keys(workplace)

    await repair(workplace)
    assert not orphans & await keys(workplace)
    assert (await workplace.check(job)).state is JobState.SUCCEEDED


async def test_what_a_request_or_a_running_job_needs_is_never_removed(workplace: Workplace):
    arriving = new_job_id()
    await SubmissionStore(workplace.database).begin(arriving, "museum", None)
    running = await workplace.expanded(scans(6))
    needed = {source_key(arriving), result_key(running.id, 5, 1, "1" * 16, ".jpg")}
    for key in needed:
        await workplace.storage.put(key, b"needed", "image/jpeg")

    await repair(workplace)

    assert needed | {source_key(running.id)} <= await keys(workplace)
    workplace.drain(Queue.BULK)


async def test_a_missing_source_is_an_error_that_only_a_backup_repairs(workplace: Workplace):
    job = await workplace.expanded(scans(6))
    await workplace.storage.delete(source_key(job.id))

    findings = await repair(workplace)

    assert (Level.ERROR, (source_key(job.id),)) in [(finding.level, finding.subjects) for finding in findings]
    workplace.drain(Queue.BULK)
