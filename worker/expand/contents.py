"""The items of a job, from the index of an archive or the listing of separate objects. No picture is read."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial

from shared.archives.compressed_tar import CompressedTarStream
from shared.archives.entries import ArchiveLimits, Entry, Locator, Skip
from shared.archives.indexes import INDEXES
from shared.archives.names import MemberNames
from shared.archives.naming import encoded_name
from shared.archives.packing import packed_entries
from shared.archives.reader import StorageReader
from shared.archives.sniffing import COMPRESSED
from shared.chunks.documents import Item, copied
from shared.chunks.store import ChunkStore
from shared.documents import Failure
from shared.jobs.documents import Job, SharedSource, Source, UploadsSource
from shared.jobs.expansion import Expansions
from shared.lifecycle import ItemState
from shared.listings.entries import ListedObject, freeze, read_listing
from shared.listings.errors import ItemsMissing
from shared.listings.sources import source_objects
from shared.storage.buckets import Buckets
from shared.storage.keys import listing_key, pack_key
from shared.storage.protocol import ObjectStorage
from worker.leasing.lease import LeaseLost
from worker.leasing.retrying import RetryingStorage

SKIP_REASONS: dict[Skip, str] = {
    "directory": "A folder, not a picture.",
    "link": "A link. Links are not followed.",
    "special_file": "A device or another special file.",
    "system_file": "A file that an operating system or a file server added.",
    "hidden_file": "A hidden file.",
    "nested_archive": "An archive inside the source. Submit it as a job of its own.",
    "not_an_image": "Not a picture, judging by its name and size.",
    "trailing_data": "Bytes after the end of the archive that are no tar. If they matter, submit them by themselves.",
}


@dataclass(frozen=True)
class Contents:
    """`storage` is our own bucket; `buckets` are the users'."""

    storage: ObjectStorage
    buckets: Buckets
    chunks: ChunkStore
    limits: ArchiveLimits = field(default_factory=ArchiveLimits)

    async def with_listing(self, expansions: Expansions, job: Job, token: str) -> Job:
        """The job with the listing of its source, if it needs one. It is made and recorded once.

        From then on the listing decides which objects belong to the job, not the bucket. Raises LeaseLost,
        ListingError, BucketNotAllowed.
        """
        if isinstance(job.source, Source | UploadsSource | SharedSource) or job.listing is not None:
            return job
        objects = source_objects(self.buckets, job.source)
        listing = await freeze(self.storage, listing_key(job.id, token), objects, self.limits)
        listed = await expansions.record_listing(job.id, token, listing)
        if listed is None:
            raise LeaseLost
        return listed

    def items(self, job: Job) -> AsyncGenerator[Item, None]:
        """Every item in the source's own order: the same archive, the same listing, or the same other job gives the
        same items.
        """
        if isinstance(job.source, SharedSource):
            return _items_of_job(self.chunks, job.source, job.chunk_items)
        if isinstance(job.source, Source):
            return _items_of_archive(self._entries(job, job.source), job.source.key)
        assert job.listing is not None, "with_listing comes first"
        return _items_of_listing(read_listing(self.storage, job.listing), job.source.bucket)

    def _entries(self, job: Job, source: Source) -> AsyncGenerator[Entry, None]:
        """A compressed tar has no index: it is streamed once, and its pictures stored in packs. That can take hours,
        so calls are retried during an outage; reading an index is fast and simply starts again.
        """
        name_encoding = job.options.name_codec
        if source.media_type in COMPRESSED:
            storage = RetryingStorage(self.storage)
            reader = StorageReader(storage, source.key, source.bytes)
            stream = CompressedTarStream(reader, source.media_type, self.limits)
            return packed_entries(stream, storage, partial(pack_key, job.id), self.limits, name_encoding=name_encoding)
        reader = StorageReader(self.storage, source.key, source.bytes)
        return INDEXES[source.media_type](reader, self.limits, name_encoding)


async def _items_of_archive(entries: AsyncGenerator[Entry, None], key: str) -> AsyncGenerator[Item, None]:
    names = MemberNames()
    async with aclosing(entries):
        async for entry in entries:
            error = Failure(code=entry.error.code, detail=entry.error.detail) if entry.error else None
            locator = entry.locator(key) if entry.is_picture else None
            item = _item(names, entry.index, entry.name, skip=entry.skip, error=error, locator=locator)
            yield (
                item
                if entry.name_bytes is None
                else item.model_copy(update={"name_bytes": encoded_name(entry.name_bytes)})
            )


async def _items_of_listing(
    objects: AsyncGenerator[ListedObject, None], bucket: str | None
) -> AsyncGenerator[Item, None]:
    names, index = MemberNames(), 0
    async with aclosing(objects):
        async for listed in objects:
            locator = listed.locator(bucket) if listed.is_picture else None
            yield _item(
                names,
                index,
                listed.name,
                skip=listed.skip,
                error=listed.error,
                locator=locator,
                columns=listed.columns,
            )
            index += 1


async def _items_of_job(chunks: ChunkStore, source: SharedSource, chunk_items: int) -> AsyncGenerator[Item, None]:
    """Both jobs have chunks of the same size."""
    index = 0
    async for item in chunks.items(source.job, chunk_items, source.items):
        yield copied(item, index)
        index += 1
    if index < source.count:
        raise ItemsMissing(f"{source.job} has {index} of the {source.count} items that this job is to colorize.")


def _item(
    names: MemberNames,
    index: int,
    name: str,
    *,
    skip: Skip | None,
    error: Failure | None,
    locator: Locator | None,
    columns: dict[str, str] | None = None,
) -> Item:
    state = ItemState.FAILED if error else ItemState.PENDING
    if skip is not None:
        state, error = ItemState.SKIPPED, Failure(code=skip, detail=SKIP_REASONS[skip])
    return Item(
        index=index,
        name=name,
        member=names.assign(name, index),
        locator=None if locator is None else dict(locator),
        state=state,
        error=error,
        columns=columns,
    )
