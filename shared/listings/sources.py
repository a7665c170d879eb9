"""What a prefix or a manifest holds at this moment, in its order: to be frozen, or to be counted by a dry run."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import replace

import anyio

from shared.documents import Failure
from shared.jobs.documents import ManifestSource, PrefixSource
from shared.listings.entries import ListedObject, judged
from shared.listings.errors import (
    BucketRefused,
    BucketUnavailable,
    ManifestInvalid,
    ManifestMissing,
    SourceMissing,
    SourceRefused,
)
from shared.listings.manifest import Row, manifest_rows
from shared.storage.buckets import Buckets
from shared.storage.errors import ObjectNotFound, ObjectTooShort, StorageRefused, StorageUnavailable
from shared.storage.protocol import ObjectReader

# Each is a request of its own; the storage bounds how many run at once.
LOOKS_AT_ONCE = 256
MANIFEST_BYTES = 256 * 1024**2


async def source_objects(
    buckets: Buckets, source: PrefixSource | ManifestSource, *, look: bool = True
) -> AsyncGenerator[ListedObject, None]:
    """The objects of a source, in constant memory. Raises ListingError, BucketNotAllowed, StorageUnavailable.

    Objects that a manifest names are looked for one by one. Without `look` they are not: their size and ETag are then
    unknown, 0 and empty, and those that are not there pass for pictures.
    """
    bucket = buckets.find(source.bucket)
    if isinstance(source, PrefixSource):
        objects = _below(bucket, source.prefix)
    else:
        objects = _named(bucket, source) if look else _unseen(bucket, source)
    try:
        async with aclosing(objects):
            async for found in objects:
                yield found
    except StorageRefused:
        raise BucketRefused(f"The storage does not let us read the bucket {source.bucket!r}.") from None
    except StorageUnavailable:
        if buckets.is_near(source.bucket):
            raise
        raise BucketUnavailable(f"The storage of the bucket {source.bucket!r} does not answer.") from None


async def _below(bucket: ObjectReader, prefix: str) -> AsyncGenerator[ListedObject, None]:
    """Names begin behind the last slash of the prefix: with it they would repeat what they have in common."""
    common = prefix.rfind("/") + 1
    async with aclosing(bucket.list_prefix(prefix)) as found:
        async for each in found:
            yield judged(each.key[common:], each.key, each.size, each.etag)


async def _rows(bucket: ObjectReader, source: ManifestSource) -> AsyncGenerator[Row, None]:
    try:
        size = (await bucket.head(source.key)).size
        if size > MANIFEST_BYTES:
            raise ManifestInvalid(f"The manifest has {size} bytes; the limit is {MANIFEST_BYTES}.")
        async with (
            aclosing(bucket.open_range(source.key, 0, size)) as content,
            aclosing(manifest_rows(content, source.format)) as rows,
        ):
            async for row in rows:
                yield row
    except ObjectNotFound:
        raise ManifestMissing(f"There is no manifest {source.key!r} in the bucket.") from None
    except ObjectTooShort:
        raise ManifestInvalid("The manifest was replaced while it was read.") from None


async def _unseen(bucket: ObjectReader, source: ManifestSource) -> AsyncGenerator[ListedObject, None]:
    async with aclosing(_rows(bucket, source)) as rows:
        async for row in rows:
            yield judged(row.key, row.key, 0, "", row.columns)


async def _named(bucket: ObjectReader, source: ManifestSource) -> AsyncGenerator[ListedObject, None]:
    group: list[ListedObject] = []
    async with aclosing(_unseen(bucket, source)) as unseen:
        async for listed in unseen:
            group.append(listed)
            if len(group) == LOOKS_AT_ONCE:
                for found in await look_at(bucket, group):
                    yield found
                group.clear()
    for found in await look_at(bucket, group):
        yield found


async def look_at(bucket: ObjectReader, unseen: Iterable[ListedObject]) -> list[ListedObject]:
    """These objects as they are now; all are asked for at once. Raises StorageUnavailable."""
    found: dict[int, ListedObject] = {}
    failures: list[StorageUnavailable] = []

    async def look(place: int, listed: ListedObject) -> None:
        try:
            found[place] = await _seen(bucket, listed)
        except StorageUnavailable as error:
            failures.append(error)
            group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for place, listed in enumerate(unseen):
            group.start_soon(look, place, listed)
    if failures:
        raise failures[0]
    return [found[place] for place in sorted(found)]


async def _seen(bucket: ObjectReader, listed: ListedObject) -> ListedObject:
    if not listed.is_picture:
        return listed
    try:
        info = await bucket.head(listed.key)
    except ObjectNotFound:
        missing = Failure(code=SourceMissing.code, detail="There is no such object in the bucket.")
        return replace(listed, error=missing)
    except StorageRefused:
        refused = Failure(code=SourceRefused.code, detail="The storage does not let us read the object.")
        return replace(listed, error=refused)
    return judged(listed.name, listed.key, info.size, info.etag, listed.columns)
