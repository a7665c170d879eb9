"""Making a backup while the service runs.

Each job is read, then its chunks, then its run again: if it was retried meanwhile, it is read anew. So its chunks may
be ahead of it, never behind, and after a restore the reconciler continues it as after a crash. The objects come last:
what a document names was stored before.
"""

import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

from infra.admin.backups.folder import (
    CHUNKS,
    COLLECTIONS,
    JOBS,
    KEYS,
    OBJECTS,
    SECRETS,
    UPLOADS,
    BackupFolder,
    Fields,
    Manifest,
    ObjectLine,
    encoded,
)
from infra.admin.backups.parallel import for_each
from migrations.runner import applied_revisions
from shared.clock import utc_now
from shared.lifecycle import JobState
from shared.mongo import Database, translate_errors
from shared.storage.errors import ObjectNotFound
from shared.storage.keys import job_prefix
from shared.storage.protocol import ObjectInfo, ObjectStorage
from shared.uploads.store import LIFETIME, UploadState

IDS_PER_QUERY = 500
GOING = (JobState.DELETING, JobState.DELETED)


@dataclass
class Dump:
    """One backup in the making, in a folder that is renamed when it is complete."""

    database: Database
    storage: ObjectStorage
    folder: BackupFolder
    copies: bool
    began_at: datetime = field(default_factory=utc_now)
    # The state of each job as it was read.
    _jobs: dict[str, str] = field(default_factory=dict)
    _upload_keys: list[str] = field(default_factory=list)
    _counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COLLECTIONS, 0))
    _objects: int = 0
    _bytes: int = 0

    async def run(self) -> Manifest:
        """Raises StoreUnavailable, StorageUnavailable: repeated, it does not copy again what it has."""
        self.folder.create()
        revisions = sorted(await applied_revisions(self.database))
        await self._dump_jobs()
        await self._dump_uploads()
        for collection in (KEYS, SECRETS):
            with self.folder.written(f"{collection}.bson") as file:
                await self._dump_all(collection, file)
        await self._dump_objects()
        return Manifest(
            began_at=self.began_at,
            ended_at=utc_now(),
            revisions=revisions,
            documents=self._counts,
            objects=self._objects,
            bytes=self._bytes,
            copied=self.copies,
            deleted=await self._deleted(),
            sha256={name: self.folder.sha256(name) for name in (*(f"{c}.bson" for c in COLLECTIONS), OBJECTS)},
        )

    @translate_errors
    async def _dump_all(self, collection: str, file: IO[bytes]) -> None:
        async for document in self.database[collection].find():
            self._write(collection, file, document)

    def _write(self, collection: str, file: IO[bytes], document: Fields) -> None:
        file.write(encoded(document))
        self._counts[collection] += 1

    @translate_errors
    async def _dump_jobs(self) -> None:
        ids = [job["_id"] async for job in self.database[JOBS].find({}, {"_id": 1}).sort("_id", 1)]
        with self.folder.written(f"{JOBS}.bson") as jobs, self.folder.written(f"{CHUNKS}.bson") as chunks:
            for job_id in ids:
                await self._dump_job(job_id, jobs, chunks)

    async def _dump_job(self, job_id: str, jobs: IO[bytes], chunks: IO[bytes]) -> None:
        by_id = {"_id": job_id}
        before = chunks.tell()
        while (job := await self.database[JOBS].find_one(by_id)) is not None:
            chunks.seek(before)
            chunks.truncate()
            count = 0
            async for chunk in self.database[CHUNKS].find({"job": job_id}):
                chunks.write(encoded(chunk))
                count += 1
            after = await self.database[JOBS].find_one(by_id, {"run": 1})
            if after is not None and after["run"] == job["run"]:
                self._counts[CHUNKS] += count
                self._jobs[job_id] = job["state"]
                self._write(JOBS, jobs, job)
                return
        chunks.seek(before)  # It was deleted meanwhile.
        chunks.truncate()

    @translate_errors
    async def _dump_uploads(self) -> None:
        """The completed ones. One whose job came after the jobs were read waits for a job again."""
        kept = {"state": {"$in": [UploadState.COMPLETED, UploadState.USED]}}
        with self.folder.written(f"{UPLOADS}.bson") as file:
            async for upload in self.database[UPLOADS].find(kept):
                if upload["state"] == UploadState.USED and upload["job"] not in self._jobs:
                    waiting = {"state": UploadState.COMPLETED, "job": None, "expires_at": utc_now() + LIFETIME}
                    upload |= waiting
                self._write(UPLOADS, file, upload)
                self._upload_keys.append(upload["key"])

    async def _dump_objects(self) -> None:
        with self.folder.written(OBJECTS) as file:

            async def dump(info: ObjectInfo) -> None:
                sha256 = None
                if self.copies:
                    try:
                        sha256 = await self._copied(info)
                    except ObjectNotFound:  # Its job was deleted meanwhile.
                        return
                line = ObjectLine(key=info.key, size=info.size, etag=info.etag, sha256=sha256)
                file.write(line.model_dump_json().encode() + b"\n")
                self._objects += 1
                self._bytes += info.size

            await for_each(self._needed_objects(), dump)

    async def _needed_objects(self) -> AsyncGenerator[ObjectInfo, None]:
        for prefix in [*map(job_prefix, self._jobs), *self._upload_keys]:
            async for info in self.storage.list_prefix(prefix):
                yield info

    async def _copied(self, info: ObjectInfo) -> str:
        """An object never changes under its key, so what an interrupted backup has copied need not be copied again."""
        path = self.folder.object_path(info.key)
        name = str(path.relative_to(self.folder.path))
        if path.exists() and path.stat().st_size == info.size:
            return self.folder.sha256(name)
        digest = hashlib.sha256()
        with self.folder.written(name) as file:
            async with aclosing(self.storage.open_range(info.key, etag=info.etag)) as blocks:
                async for block in blocks:
                    digest.update(block)
                    file.write(block)
        return digest.hexdigest()

    @translate_errors
    async def _deleted(self) -> list[str]:
        """The jobs that were there when the backup began, and are not any more."""
        ids, kept = list(self._jobs), set[str]()
        for first in range(0, len(ids), IDS_PER_QUERY):
            some = {"_id": {"$in": ids[first : first + IDS_PER_QUERY]}}
            async for job in self.database[JOBS].find(some, {"state": 1}):
                if job["state"] not in GOING or self._jobs[job["_id"]] in GOING:
                    kept.add(job["_id"])
        return [job_id for job_id in ids if job_id not in kept]


async def back_up(database: Database, storage: ObjectStorage, target: Path, *, copies: bool) -> Manifest:
    """Raises Invalid if the target exists. An interrupted backup is in a folder beside it, and is continued."""
    draft = BackupFolder.draft_of(target)
    manifest = await Dump(database, storage, draft, copies).run()
    draft.finish(manifest, target)
    return manifest
