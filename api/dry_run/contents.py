"""The contents of a source, entry by entry, in constant memory: counted, not kept, and without opening any picture."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import cast

from api.dependencies import Gateway
from api.dry_run.errors import DryRunUnsupported
from api.items.origins import find_origin
from api.options.checks import check_hints
from api.sources.schemas import AnySource, JobRequest, JobSource, ManifestSource, PrefixSource, UploadsSource
from api.sources.uploads import find_uploads, listed
from shared.archives.entries import ArchiveLimits, Entry, Locator
from shared.archives.indexes import INDEXES
from shared.archives.reader import StorageReader
from shared.archives.sniffing import COMPRESSED
from shared.chunks.documents import copied
from shared.jobs.documents import Job, JobKind
from shared.lifecycle import ItemState
from shared.listings.entries import ListedObject, Tally
from shared.listings.sources import head_all, source_objects
from shared.uploads.store import Upload


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """`size` and `locator` are those of a picture. Both are None for an `unchecked` object, of which only the key that
    the manifest names is known yet.
    """

    is_picture: bool
    size: int | None = None
    locator: Locator | None = None
    unchecked: ListedObject | None = None


async def contents(gateway: Gateway, job_request: JobRequest) -> AsyncGenerator[SourceEntry, None]:
    """Raises at once what `find_uploads` and `find_origin` do, BucketNotAllowed, HintsOnSeveral and DryRunUnsupported;
    while it is read, ArchiveError and ListingError.
    """
    source = job_request.source
    if isinstance(source, PrefixSource | ManifestSource):
        gateway.buckets.find(source.bucket)
        check_hints(job_request.options, JobKind.BULK)
        return _objects(gateway, source)
    if isinstance(source, JobSource):
        origin, shared = await find_origin(gateway, source, job_request.options)
        return _items(gateway, origin, shared.items)
    uploads = await find_uploads(gateway, source, job_request.options)
    if isinstance(source, UploadsSource):
        return _files(uploads)
    upload = uploads[0]
    if upload.media_type in COMPRESSED:
        raise DryRunUnsupported(
            "The contents of a compressed tar are unknown until all of it has been decompressed. Upload a zip or a "
            "plain tar instead, or submit it without a dry run."
        )
    if index := INDEXES.get(upload.media_type or ""):
        reader = StorageReader(gateway.storage, upload.key, upload.bytes)
        return _entries(index(reader, ArchiveLimits(), job_request.options.name_codec), upload.key)
    return _files(uploads)


async def checked(gateway: Gateway, source: AnySource, entry: SourceEntry) -> SourceEntry | None:
    """The entry with its size and locator. None: it is missing, or unreadable. Raises StorageUnavailable."""
    if entry.unchecked is None:
        return entry
    assert isinstance(source, ManifestSource), "only a manifest names objects that it has not listed"
    (now,) = await head_all(gateway.buckets.find(source.bucket), [entry.unchecked])
    return SourceEntry(True, now.size, now.locator(source.bucket)) if now.is_picture else None


async def _objects(gateway: Gateway, source: PrefixSource | ManifestSource) -> AsyncGenerator[SourceEntry, None]:
    tally = Tally(ArchiveLimits())
    async with aclosing(source_objects(gateway.buckets, source.stored(), check=False)) as objects:
        async for each in objects:
            tally.add(each)
            if isinstance(source, PrefixSource):
                yield SourceEntry(each.is_picture, each.size, each.locator(source.bucket))
            else:
                yield SourceEntry(each.is_picture, unchecked=each)


async def _entries(entries: AsyncGenerator[Entry, None], key: str) -> AsyncGenerator[SourceEntry, None]:
    async with aclosing(entries):
        async for entry in entries:
            yield SourceEntry(entry.is_picture, entry.length, entry.locator(key))


async def _items(gateway: Gateway, origin: Job, indexes: list[int] | None) -> AsyncGenerator[SourceEntry, None]:
    async for original in gateway.chunks.items(origin, indexes):
        item = copied(original, original.index)
        is_picture = item.state is ItemState.PENDING
        locator = cast(Locator, item.locator) if is_picture else None
        yield SourceEntry(is_picture, locator["length"] if locator else None, locator)


async def _files(uploads: list[Upload]) -> AsyncGenerator[SourceEntry, None]:
    for upload in uploads:
        each = listed(upload)
        yield SourceEntry(each.is_picture, each.size, each.locator(None))
