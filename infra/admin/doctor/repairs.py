"""What `doctor --repair` changes. Each repair is conditional on what it was decided by: it may run beside the service.

Removed is only what nothing refers to, and is older than the grace. Lost results of jobs that have ended are recorded
as failed, so that a retry makes them again; a running job is left alone.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import groupby

from infra.admin.doctor.contents import Comparing, Comparison, Lost
from infra.admin.doctor.findings import Finding, ok, warning
from shared.chunks.documents import Chunk
from shared.jobs.corrections import RESULTS_LOST, Corrections, counts_of_ended
from shared.jobs.documents import Job
from shared.lifecycle import ENDS, Counts
from shared.storage.protocol import ObjectStorage
from shared.stores import Stores


@dataclass(frozen=True)
class Repairs:
    stores: Stores
    storage: ObjectStorage
    comparing: Comparing

    async def make(self, comparison: Comparison) -> AsyncIterator[Finding]:
        """Raises StoreUnavailable, StorageUnavailable: repeat it then."""
        if comparison.orphans or comparison.unrecorded:
            yield await self._remove(comparison)
        if comparison.lost or comparison.uncounted:
            yield await self._mark(comparison)

    async def _remove(self, comparison: Comparison) -> Finding:
        removed = [key for key in comparison.orphans if not await self.comparing.is_owned(key)]
        removed += [key for key, job in comparison.unrecorded if await self._is_as_read(job)]
        for key in removed:
            await self.storage.delete(key)
        return ok("repair", f"{len(removed):,} objects that nothing refers to were removed.")

    async def _is_as_read(self, job: Job) -> bool:
        now = await self.stores.jobs.get(job.id)
        return now is not None and (now.run, now.state) == (job.run, job.state)

    async def _mark(self, comparison: Comparison) -> Finding:
        jobs = {job.id: job for job in comparison.uncounted}
        jobs |= {lost.job.id: lost.job for lost in comparison.lost if lost.job.state in ENDS}
        lost = [each for each in comparison.lost if each.job.id in jobs]
        for (job_id, no), group in groupby(lost, key=lambda each: (each.job.id, each.no)):
            await self._fail(job_id, no, list(group))
        corrected = [job_id for job_id in jobs if await self._recount(job_id)]
        detail = f"{len(lost):,} lost results are recorded as failed, and {len(corrected):,} jobs counted anew."
        return warning("repair", detail, "`photochrom retry JOB` makes them again.", corrected)

    async def _fail(self, job_id: str, no: int, lost: list[Lost]) -> None:
        chunk = await self.stores.chunks.get(job_id, no)
        if chunk is not None and chunk.run <= lost[0].job.run:
            await self.stores.chunks.fail_items(chunk, {each.place for each in lost}, RESULTS_LOST)

    async def _recount(self, job_id: str) -> bool:
        job = await self.stores.jobs.get(job_id)
        if job is None:
            return False
        counts, size = Counts(), 0
        async for chunk in self.stores.chunks.in_order(job_id):
            counts += chunk.counts
            size += _result_bytes(chunk)
        corrections = Corrections(self.stores.database)
        return await corrections.recount(job, counts_of_ended(job.state, counts), size)


def _result_bytes(chunk: Chunk) -> int:
    return sum(result.bytes for item in chunk.items for result in item.results)
