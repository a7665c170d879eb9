"""Reading listed objects in the version that was listed, or raising an error that tells what happened to them."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager

from shared.archives.entries import Locator
from shared.archives.errors import CorruptEntry
from shared.listings.errors import SourceChanged, SourceMissing, SourceRefused
from shared.storage.buckets import Buckets
from shared.storage.errors import BucketNotAllowed, ObjectChanged, ObjectNotFound, ObjectTooShort, StorageRefused


def is_listed(locator: Locator) -> bool:
    """Whether the locator is that of a listed object, not of an archive's entry."""
    return "etag" in locator


async def read_object(buckets: Buckets, locator: Locator) -> bytes:
    """The whole object. Raises EntryError and StorageUnavailable; for the service's bucket StorageRefused, too."""
    with _as_entry_errors(locator):
        reader = buckets.find(locator.get("bucket"))
        return await reader.get_range(locator["key"], 0, locator["length"], locator["etag"])


async def stream_object(buckets: Buckets, locator: Locator) -> AsyncGenerator[bytes, None]:
    """The same in chunks of at most 256 KiB, in constant memory."""
    with _as_entry_errors(locator):
        reader = buckets.find(locator.get("bucket"))
        async with aclosing(reader.open_range(locator["key"], 0, locator["length"], locator["etag"])) as content:
            async for chunk in content:
                yield chunk


@contextmanager
def _as_entry_errors(locator: Locator) -> Iterator[None]:
    """An error in someone else's bucket is for its owner to fix, and concerns only this object."""
    try:
        yield
    except ObjectNotFound:
        raise SourceMissing("The object no longer exists in its bucket.") from None
    except ObjectChanged:
        raise SourceChanged("The object was replaced after it was listed.") from None
    except ObjectTooShort:
        raise CorruptEntry("The object ends before its listed length.") from None
    except BucketNotAllowed:
        raise SourceRefused("Jobs may no longer read its bucket.") from None
    except StorageRefused:
        if "bucket" not in locator:
            raise
        raise SourceRefused("The storage denies access to the object.") from None
