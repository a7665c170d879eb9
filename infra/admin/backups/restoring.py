"""Restoring a backup: objects, then keys and uploads, then each job as if it were submitted, its document last.

A chunk that a worker held waits again, and the reconciler sends whatever was waiting: no message is in a backup. Jobs
that are being deleted come last: whoever shares their source is there by then.
"""

import json
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field

from infra.admin.backups.folder import CHUNKS, JOBS, KEYS, SECRETS, UPLOADS, BackupFolder, Fields, Manifest, ObjectLine
from infra.admin.backups.parallel import for_each
from migrations.runner import known_revisions, upgrade
from shared.errors import Conflict, Invalid
from shared.lifecycle import ChunkState, JobState
from shared.listings.entries import MEDIA_TYPE as LISTING_TYPE
from shared.mongo import Database, translate_errors
from shared.schema import LEDGER
from shared.storage.errors import ObjectNotFound
from shared.storage.protocol import CHUNK_BYTES, ObjectStorage
from shared.submissions.store import SubmissionStore

MEDIA_TYPE = "application/octet-stream"
SUBMISSIONS = "uploads"


class NotEmpty(Conflict):
    """There are jobs or objects already."""

    code = "not_empty"


@dataclass
class Restore:
    database: Database
    storage: ObjectStorage
    folder: BackupFolder
    # By key: the ETag in the backup and the present one. Jobs refer to versions of objects by these.
    _etags: dict[str, tuple[str, str]] = field(default_factory=dict)

    async def run(self, *, add: bool = False) -> Manifest:
        """With `add`, what exists is kept and what is missing is added: also to continue an interrupted restore.

        Raises Invalid if the backup is not complete or is damaged, NotEmpty, StoreUnavailable, StorageUnavailable.
        """
        manifest = self.folder.manifest()
        if unknown := set(manifest.revisions) - {revision.id for revision in known_revisions()}:
            newer = ", ".join(sorted(unknown))
            raise Invalid(
                f"The backup was made by a newer version, with revision {newer}. Restore it with that version."
            )
        if not add:
            await self._check_empty()
        await upgrade(self.database)
        await self._restore_objects(manifest)
        await self._restore_documents(manifest)
        await self._migrate(manifest)
        return manifest

    @translate_errors
    async def _check_empty(self) -> None:
        for collection in (JOBS, CHUNKS, UPLOADS, SUBMISSIONS, KEYS):
            if await self.database[collection].find_one({}, {"_id": 1}) is not None:
                raise NotEmpty(f"The database has {collection} already. --add keeps them and adds what is missing.")
        async for info in self.storage.list_prefix(""):
            raise NotEmpty(f"The bucket is not empty: it has {info.key}. --add keeps what it has and adds the rest.")

    async def _restore_objects(self, manifest: Manifest) -> None:
        gone = set(manifest.deleted) - self._roots(manifest)
        lines = [line for line in self.folder.objects() if _job_of(line.key) not in gone]
        listings = [line for line in lines if "/listing-" in line.key]
        others = [line for line in lines if "/listing-" not in line.key]
        await for_each(_iterated(others), self._restore_object)
        # Last: listings contain ETags of the others.
        await for_each(_iterated(listings), self._restore_object)

    async def _restore_object(self, line: ObjectLine) -> None:
        try:
            info = await self.storage.head(line.key)
        except ObjectNotFound:
            if line.sha256 is None:
                raise Invalid(
                    f"The bucket has no {line.key}, and the backup only lists the objects. Restore the bucket first."
                ) from None
            await self._put(line)
            info = await self.storage.head(line.key)
        if info.size != line.size and "/listing-" not in line.key:
            raise Invalid(f"{line.key} has {info.size} bytes in the bucket, but {line.size} in the backup.")
        if "/results/" not in line.key:
            self._etags[line.key] = (line.etag, info.etag)

    async def _put(self, line: ObjectLine) -> None:
        """Raises Invalid, and leaves nothing in the bucket, if the copy is damaged."""
        name = str(self.folder.object_path(line.key).relative_to(self.folder.path))
        try:
            sha256 = self.folder.sha256(name)
        except OSError as error:
            raise Invalid(f"{self.folder.path} is damaged: {name} cannot be read: {error.strerror}.") from error
        if sha256 != line.sha256:
            raise Invalid(f"{self.folder.path} is damaged: {name} has another SHA-256 than when it was written.")
        blocks = self._listing_blocks(line.key) if "/listing-" in line.key else self._blocks(line.key)
        media_type = LISTING_TYPE if "/listing-" in line.key else MEDIA_TYPE
        await self.storage.put_stream(line.key, blocks, media_type)

    async def _blocks(self, key: str) -> AsyncGenerator[bytes, None]:
        with self.folder.object_path(key).open("rb") as file:
            while block := file.read(CHUNK_BYTES):
                yield block

    async def _listing_blocks(self, key: str) -> AsyncGenerator[bytes, None]:
        with self.folder.object_path(key).open("rb") as file:
            for line in file:
                entry = json.loads(line)
                entry["etag"] = self._present(entry["key"], entry["etag"])
                yield json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    def _present(self, key: str, etag: str) -> str:
        old, new = self._etags.get(key, (etag, etag))
        return new if etag == old else etag

    async def _restore_documents(self, manifest: Manifest) -> None:
        for collection in (KEYS, SECRETS, UPLOADS):
            for document in self.folder.documents(collection):
                await self._insert(collection, self._upload(document) if collection == UPLOADS else document)
        for are_going in (False, True):
            await self._restore_jobs(manifest, are_going=are_going)

    async def _restore_jobs(self, manifest: Manifest, *, are_going: bool) -> None:
        """Those that are being deleted, or the others."""
        deleted, roots = set(manifest.deleted), self._roots(manifest)
        chunks = _Groups(self.folder.documents(CHUNKS))
        for job in self.folder.documents(JOBS):
            its_chunks = chunks.take(job["_id"])
            if job["_id"] in deleted:
                if job["_id"] not in roots:
                    continue
                # Some of its results may be missing, but not its source.
                job |= {"state": JobState.DELETING, "lease": None, "expires_at": None}
            if (job["state"] == JobState.DELETING) is are_going:
                await self._restore_job(job, its_chunks)

    def _roots(self, manifest: Manifest) -> set[str]:
        """The jobs whose source another job in the backup shares."""
        deleted = set(manifest.deleted)
        sources = [job["source"] for job in self.folder.documents(JOBS) if job["_id"] not in deleted]
        return {source[name] for source in sources if source["type"] == "job" for name in ("root", "job")}

    def _upload(self, upload: Fields) -> Fields:
        return upload | {"etag": self._present(upload["key"], upload["etag"])}

    async def _restore_job(self, job: Fields, chunks: list[Fields]) -> None:
        """A submission keeps a running reconciler from removing the chunks as nobody's."""
        submissions = SubmissionStore(self.database)
        await submissions.end(job["_id"])
        await submissions.begin(job["_id"], job["owner"], None)
        for chunk in chunks:
            await self._insert(CHUNKS, self._waiting_chunk(chunk))
        await self._insert(JOBS, _waiting_job(job))
        await submissions.end(job["_id"])

    def _waiting_chunk(self, chunk: Fields) -> Fields:
        for item in chunk["items"]:
            locator = item["locator"]
            if locator and "etag" in locator and not locator.get("bucket"):
                locator["etag"] = self._present(locator["key"], locator["etag"])
        if chunk["state"] == ChunkState.DONE:
            return chunk
        return chunk | {"state": ChunkState.PENDING, "lease": None, "dispatched_at": None}

    @translate_errors
    async def _insert(self, collection: str, document: Fields) -> None:
        """Unless it exists. The secret that a new database has already is replaced by the one that has signed URLs."""
        by_id = {"_id": document["_id"]}
        if collection == SECRETS:
            await self.database[collection].replace_one(by_id, document, upsert=True)
        elif await self.database[collection].find_one(by_id, {"_id": 1}) is None:
            await self.database[collection].insert_one(document)

    @translate_errors
    async def _migrate(self, manifest: Manifest) -> None:
        """Apply the revisions that are newer than the backup once more, now that there are documents."""
        newer = [revision.id for revision in known_revisions() if revision.id not in manifest.revisions]
        if newer:
            await self.database[LEDGER].delete_many({"_id": {"$in": newer}})
            await upgrade(self.database)


def _waiting_job(job: Fields) -> Fields:
    """An expander that held it is gone: as when its lease expires, but it is not to blame."""
    if job["state"] == JobState.EXPANDING:
        return job | {"state": JobState.QUEUED, "lease": None}
    return job


def _job_of(key: str) -> str:
    return key.split("/")[1] if key.startswith("jobs/") else ""


class _Groups:
    """Chunks come job by job, in the order of the jobs."""

    def __init__(self, chunks: Iterator[Fields]) -> None:
        self._chunks = chunks
        self._next = next(chunks, None)

    def take(self, job_id: str) -> list[Fields]:
        group = []
        while self._next is not None and self._next["job"] == job_id:
            group.append(self._next)
            self._next = next(self._chunks, None)
        return group


async def _iterated(lines: list[ObjectLine]) -> AsyncGenerator[ObjectLine, None]:
    for line in lines:
        yield line
