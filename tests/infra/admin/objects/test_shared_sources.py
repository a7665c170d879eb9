"""Doctor and backup know that a job which is being deleted may still have the source of others."""

from datetime import timedelta
from pathlib import Path

import pytest

from infra.admin.backups.dumping import Dump, back_up
from infra.admin.backups.folder import BackupFolder
from infra.admin.backups.restoring import Restore
from infra.admin.doctor.findings import Level
from shared.jobs.documents import Job
from shared.lifecycle import JobState
from shared.storage.keys import job_prefix
from tests.fixtures.worker import Workplace
from tests.fixtures.worker_steps import passes, work_off
from tests.infra.admin.objects.test_agreement import repair
from tests.worker.derived import submit_derived
from tests.worker.reconcile.test_deleting import BRIEF
from tests.worker.reconcile.test_shared_sources import finished, held, objects, recolored

pytestmark = pytest.mark.anyio


async def test_the_doctor_leaves_a_source_that_is_shared(workplace: Workplace) -> None:
    await repair(workplace)  # What other tests have left in the bucket.
    origin = await finished(workplace)
    await recolored(workplace, origin)
    await held(workplace, origin)

    findings = await repair(workplace)

    assert [finding.level for finding in findings] == [Level.OK]
    assert await objects(workplace, origin) == [f"jobs/{origin.id}/source"]


async def test_the_doctor_misses_a_shared_source_that_is_lost(workplace: Workplace) -> None:
    origin = await finished(workplace)
    await recolored(workplace, origin)
    await held(workplace, origin)
    await workplace.storage.delete(f"jobs/{origin.id}/source")

    findings = await repair(workplace, timedelta(days=1))

    assert (f"jobs/{origin.id}/source",) in [finding.subjects for finding in findings if finding.level is Level.ERROR]


async def wipe(workplace: Workplace, *jobs: Job) -> None:
    for name in ("jobs", "chunks"):
        await workplace.database[name].delete_many({})
    for job in jobs:
        await workplace.storage.delete_prefix(job_prefix(job.id))


async def is_colorized_after_a_restore(workplace: Workplace, folder: Path, origin: Job, sharing: Job) -> None:
    await wipe(workplace, origin, sharing)

    await Restore(workplace.database, workplace.storage, BackupFolder(folder)).run(add=True)

    assert (await workplace.job(origin)).state is JobState.DELETING
    await passes(workplace, count=3, lease=BRIEF)
    await workplace.expander().expand(sharing.id)
    await work_off(workplace, workplace.colorizer())
    assert (await workplace.job(sharing)).state is JobState.SUCCEEDED
    await held(workplace, origin)


async def test_a_job_that_is_deleted_during_a_backup_is_restored_for_those_that_share_its_source(
    workplace: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = await finished(workplace)
    sharing = await submit_derived(workplace, origin)
    copy = Dump._dump_objects

    async def delete_first(self: Dump) -> None:
        await workplace.job_service.delete(origin.id, 0)
        await copy(self)

    monkeypatch.setattr(Dump, "_dump_objects", delete_first)
    manifest = await back_up(workplace.database, workplace.storage, tmp_path / "backup", copies=True)
    assert manifest.deleted == [origin.id]

    await is_colorized_after_a_restore(workplace, tmp_path / "backup", origin, sharing)


async def test_a_job_that_was_being_deleted_is_restored_after_those_that_share_its_source(
    workplace: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = await finished(workplace)
    sharing = await submit_derived(workplace, origin)
    await workplace.job_service.delete(origin.id, 0)
    await back_up(workplace.database, workplace.storage, tmp_path / "backup", copies=True)
    restored: list[str] = []
    restore = Restore._restore_job

    async def noted(self: Restore, job: dict[str, str], chunks: list[dict[str, object]]) -> None:
        restored.append(job["_id"])
        await restore(self, job, chunks)

    monkeypatch.setattr(Restore, "_restore_job", noted)

    await is_colorized_after_a_restore(workplace, tmp_path / "backup", origin, sharing)

    assert restored == [sharing.id, origin.id]
