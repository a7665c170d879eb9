"""What a source holds, entry by entry, in constant memory: counted, not kept, and no picture is opened."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from api.dependencies import Gateway
from api.errors import DryRunUnsupported
from api.sources.schemas import AnySource, JobRequest, ManifestSource, PrefixSource, UploadsSource
from api.sources.uploads import find_uploads, listed
from api.submission.accept import check_kind
from shared.archives.entries import ArchiveLimits, Locator
from shared.archives.indexes import INDEXES
from shared.archives.reader import StorageReader
from shared.archives.sniffing import COMPRESSED
from shared.jobs.documents import JobKind
from shared.listings.entries import ListedObject, Tally
from shared.listings.sources import look_at, source_objects
from shared.uploads.store import Upload


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a source holds. `size` and `locator` are those of a picture; None where nothing but the `unseen`
    object's key is known yet.
    """

    is_picture: bool
    size: int | None = None
    locator: Locator | None = None
    unseen: ListedObject | None = None


async def contents(gateway: Gateway, owner: str, wanted: JobRequest) -> AsyncGenerator[Found, None]:
    """Raises at once what `find_uploads` does, BucketNotAllowed, HintsOnSeveral and DryRunUnsupported; while it is
    read, ArchiveError and ListingError.
    """
    source = wanted.source
    if isinstance(source, PrefixSource | ManifestSource):
        gateway.buckets.find(source.bucket)
        check_kind(wanted.options, JobKind.BULK)
        return _objects(gateway, source)
    uploads = await find_uploads(gateway, owner, source, wanted.options)
    if isinstance(source, UploadsSource):
        return _files(uploads)
    upload = uploads[0]
    if upload.media_type in COMPRESSED:
        raise DryRunUnsupported(
            "What is in a compressed tar is known only once all of it was decompressed. Upload a zip or a plain tar, "
            "or submit it as it is."
        )
    return _entries(gateway, upload, upload.media_type) if upload.media_type in INDEXES else _files(uploads)


async def as_it_is_now(gateway: Gateway, source: AnySource, found: Found) -> Found | None:
    """The same with its size and locator. None: it is not there, or cannot be read. Raises StorageUnavailable."""
    if found.unseen is None:
        return found
    assert isinstance(source, ManifestSource), "nothing else names what it does not see"
    (seen,) = await look_at(gateway.buckets.find(source.bucket), [found.unseen])
    return Found(True, seen.size, seen.locator(source.bucket)) if seen.is_picture else None


async def _objects(gateway: Gateway, source: PrefixSource | ManifestSource) -> AsyncGenerator[Found, None]:
    tally = Tally(ArchiveLimits())
    async with aclosing(source_objects(gateway.buckets, source.stored(), look=False)) as objects:
        async for each in objects:
            tally.add(each)
            if isinstance(source, PrefixSource):
                yield Found(each.is_picture, each.size, each.locator(source.bucket))
            else:
                yield Found(each.is_picture, unseen=each)


async def _entries(gateway: Gateway, upload: Upload, media_type: str) -> AsyncGenerator[Found, None]:
    reader = StorageReader(gateway.storage, upload.key, upload.bytes)
    async with aclosing(INDEXES[media_type](reader, ArchiveLimits())) as entries:
        async for entry in entries:
            yield Found(entry.is_picture, entry.length, entry.locator(upload.key))


async def _files(uploads: list[Upload]) -> AsyncGenerator[Found, None]:
    for upload in uploads:
        found = listed(upload)
        yield Found(found.is_picture, found.size, found.locator(None))
