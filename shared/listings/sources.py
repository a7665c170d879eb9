"""The current objects of a prefix or a manifest, in order: to be frozen, or to be counted by a dry run."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import replace

import anyio

from shared.documents import Failure
from shared.jobs.documents import ManifestSource, PrefixSource
from shared.listings.entries import ListedObject, classify
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

# Each is one request; the storage limits how many run at once.
HEADS_AT_ONCE = 256
MANIFEST_BYTES = 256 * 1024**2


async def source_objects(
    buckets: Buckets, source: PrefixSource | ManifestSource, *, check: bool = True
) -> AsyncGenerator[ListedObject, None]:
    """The objects of a source, in constant memory. Raises ListingError, BucketNotAllowed, StorageUnavailable.

    The objects of a manifest are checked one by one. Without `check` their size is 0 and their ETag empty, and missing
    objects count as pictures.
    """
    bucket = buckets.find(source.bucket)
    if isinstance(source, PrefixSource):
        objects = _below(bucket, source.prefix)
    else:
        objects = _checked(bucket, source) if check else _unchecked(bucket, source)
    try:
        async with aclosing(objects):
            async for listed in objects:
                yield listed
    except StorageRefused:
        raise BucketRefused(f"The storage denies access to the bucket {source.bucket!r}.") from None
    except StorageUnavailable:
        if buckets.on_same_server(source.bucket):
            raise
        raise BucketUnavailable(f"The storage of the bucket {source.bucket!r} does not respond.") from None


async def _below(bucket: ObjectReader, prefix: str) -> AsyncGenerator[ListedObject, None]:
    """Names leave out the folders that all keys share: the prefix up to its last slash."""
    common = prefix.rfind("/") + 1
    async with aclosing(bucket.list_prefix(prefix)) as objects:
        async for info in objects:
            yield classify(info.key[common:], info.key, info.size, info.etag)


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
        raise ManifestInvalid("The manifest was replaced while it was being read.") from None


async def _unchecked(bucket: ObjectReader, source: ManifestSource) -> AsyncGenerator[ListedObject, None]:
    async with aclosing(_rows(bucket, source)) as rows:
        async for row in rows:
            yield classify(row.key, row.key, 0, "", row.columns)


async def _checked(bucket: ObjectReader, source: ManifestSource) -> AsyncGenerator[ListedObject, None]:
    group: list[ListedObject] = []
    async with aclosing(_unchecked(bucket, source)) as unchecked:
        async for listed in unchecked:
            group.append(listed)
            if len(group) == HEADS_AT_ONCE:
                for checked in await head_all(bucket, group):
                    yield checked
                group.clear()
    for checked in await head_all(bucket, group):
        yield checked


async def head_all(bucket: ObjectReader, unchecked: Iterable[ListedObject]) -> list[ListedObject]:
    """These objects with their current size and ETag, by concurrent requests. Raises StorageUnavailable."""
    checked: dict[int, ListedObject] = {}
    failures: list[StorageUnavailable] = []

    async def check(place: int, listed: ListedObject) -> None:
        try:
            checked[place] = await _head(bucket, listed)
        except StorageUnavailable as error:
            failures.append(error)
            group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for place, listed in enumerate(unchecked):
            group.start_soon(check, place, listed)
    if failures:
        raise failures[0]
    return [checked[place] for place in sorted(checked)]


async def _head(bucket: ObjectReader, listed: ListedObject) -> ListedObject:
    if not listed.is_picture:
        return listed
    try:
        info = await bucket.head(listed.key)
    except ObjectNotFound:
        missing = Failure(code=SourceMissing.code, detail="There is no such object in the bucket.")
        return replace(listed, error=missing)
    except StorageRefused:
        refused = Failure(code=SourceRefused.code, detail="The storage denies access to the object.")
        return replace(listed, error=refused)
    return classify(listed.name, listed.key, info.size, info.etag, listed.columns)
