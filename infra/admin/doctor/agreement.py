"""Whether database and storage agree, as findings; with `repair`, what was done about it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from infra.admin.doctor.contents import Comparing, Comparison
from infra.admin.doctor.findings import Finding, error, ok, warning
from infra.admin.doctor.parts import check_parts
from infra.admin.doctor.repairs import Repairs
from infra.admin.doctor.settings import ServersSettings
from shared.clock import utc_now
from shared.errors import SchemaBehind, Unavailable
from shared.jobs.documents import Job
from shared.lifecycle import ENDS
from shared.startup import read_settings
from shared.storage.errors import StorageRefused
from shared.storage.opening import open_storage
from shared.storage.protocol import ObjectStorage
from shared.stores import Stores, open_stores

REPAIR = "--repair"


@dataclass(frozen=True)
class Agreement:
    grace: timedelta
    sums: bool = False
    repair: bool = False

    async def examine(self) -> AsyncIterator[Finding]:
        """Raises InvalidSettings."""
        try:
            async with _opened() as (stores, storage):
                async for finding in self.compare(stores, storage):
                    yield finding
        except (Unavailable, SchemaBehind, StorageRefused) as failure:
            yield error("objects", failure.detail, "Correct that first; then run this again.")

    async def compare(self, stores: Stores, storage: ObjectStorage) -> AsyncIterator[Finding]:
        comparing = Comparing(stores, storage, utc_now() - self.grace, self.sums)
        comparison = await comparing.run()
        for finding in findings_of(comparison, sums=self.sums):
            yield finding
        if self.repair:
            async for finding in Repairs(stores, storage, comparing).make(comparison):
                yield finding
        async for finding in check_parts(stores, storage, repair=self.repair):
            yield finding


@asynccontextmanager
async def _opened() -> AsyncIterator[tuple[Stores, ObjectStorage]]:
    settings = read_settings(ServersSettings)
    async with open_stores(settings.mongo) as stores:
        with open_storage(settings.storage) as storage:
            yield stores, storage


def findings_of(comparison: Comparison, *, sums: bool) -> list[Finding]:
    compared = "size and SHA-256" if sums else "size (--sums compares the SHA-256, too)"
    findings = [
        ok("objects", f"{comparison.jobs:,} jobs and {comparison.objects:,} objects were compared by {compared}.")
    ]
    for why in ("missing", "size", "SHA-256"):
        ended = [lost.key for lost in comparison.lost if lost.why == why and lost.job.state in ENDS]
        running = [lost.key for lost in comparison.lost if lost.why == why and lost.job.state not in ENDS]
        detail = "are missing" if why == "missing" else f"have another {why} than was recorded"
        if ended:
            advice = f"Restore them from a backup, or let {REPAIR} record them as failed, and retry the jobs."
            findings.append(error("objects", f"{len(ended):,} results {detail}.", advice, ended))
        if running:
            detail = f"{len(running):,} results of jobs that have not ended {detail}."
            findings.append(error("objects", detail, "Run this again when they have.", running))
    return findings + _others(comparison)


def _others(comparison: Comparison) -> list[Finding]:
    findings = []
    if keys := comparison.sources:
        detail = f"{len(keys):,} sources, packs or listings are missing: what is unfinished of these jobs will fail."
        findings.append(error("objects", detail, "Restore them from a backup, or submit them again.", keys))
    if jobs := _ids(comparison.uncounted):
        detail = f"{len(jobs):,} jobs have other counts than their items."
        findings.append(error("counts", detail, f"{REPAIR} counts them anew.", jobs))
    removable = [*comparison.orphans, *(key for key, _ in comparison.unrecorded)]
    if removable:
        detail = f"{len(removable):,} objects belong to nothing."
        findings.append(warning("objects", detail, f"{REPAIR} removes them.", removable))
    return findings


def _ids(jobs: list[Job]) -> list[str]:
    return [job.id for job in jobs]
