"""Deleting a job, one slice at a time: its objects, its chunks, its document. What other jobs share of it stays."""

from dataclasses import dataclass

import structlog

from shared.ids import new_lease_token
from shared.jobs.documents import Job
from shared.settings import LeaseSettings
from shared.storage.keys import job_prefix, made_prefixes
from shared.storage.protocol import ObjectStorage
from shared.stores import Stores
from shared.uploads.removal import remove_upload

log = structlog.get_logger()

# Uploads of a job that are removed before the lease on the deletion is checked again.
UPLOADS_PER_SLICE = 50


@dataclass(frozen=True)
class Deletions:
    stores: Stores
    storage: ObjectStorage
    lease: LeaseSettings
    # Of the reconciler.
    name: str

    async def advance(self, job: Job) -> None:
        """After the grace period, remove one slice of what is left, so that a huge job does not delay the others.

        The documents go last, so that an interrupted deletion is continued. What other jobs share is left until they
        are gone, too.
        """
        removals, shared = self.stores.removals, self.stores.shared_sources
        if job.held_since is not None and await shared.is_shared(job.id):
            return
        if await self.stores.leases.revoke(job.id):
            # The process that deleted the job died before it revoked the leases, so the workers lose them only now.
            await removals.extend_grace(job.id, self.lease.grace_seconds)
            return
        # What it still owes is recorded first; a sender does it as for any job.
        if job.outbox:
            return
        token = new_lease_token()
        if not await removals.claim(job.id, token, self.name, self.lease.seconds):
            return
        is_shared = await shared.is_shared(job.id)
        if await self._remove_objects(job, is_shared=is_shared) or await shared.has_unread_items(job.root, job.id):
            await removals.release(job.id, token)
            return
        await self.stores.chunks.remove(job.id)
        if is_shared:
            if await shared.hold(job.id, token):
                log.info("reconcile.source_held", job=job.id)
        elif job.retirement is not None:
            if await self.stores.retirements.complete(job.id, token):
                log.info("reconcile.job_retired", job=job.id)
        elif await removals.complete(job.id, token):
            await self.stores.deliveries.remove_finished_of(job.id)
            log.info("reconcile.job_deleted", job=job.id)

    async def _remove_objects(self, job: Job, *, is_shared: bool) -> int:
        """Remove one slice of its objects: all, or those that its workers made. Returns how many there were."""
        prefixes = made_prefixes(job.id) if is_shared else [job_prefix(job.id)]
        for prefix in prefixes:
            if removed := await self.storage.delete_some(prefix):
                return removed
        return 0 if is_shared else await self._remove_uploads_of(job)

    async def _remove_uploads_of(self, job: Job) -> int:
        """Remove one slice of the files that were uploaded for a job. Returns how many there were."""
        uploads = await self.stores.uploads.of_job(job.id, UPLOADS_PER_SLICE)
        for upload in uploads:
            await remove_upload(self.storage, self.stores.uploads, upload)
        return len(uploads)
