"""The bytes of listed objects, as they were when they were listed, or an error that says what has become of them."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager

from shared.archives.entries import Locator
from shared.archives.errors import CorruptEntry
from shared.listings.errors import SourceChanged, SourceMissing, SourceRefused
from shared.storage.buckets import Buckets
from shared.storage.errors import BucketNotAllowed, ObjectChanged, ObjectNotFound, ObjectTooShort, StorageRefused


def is_listed(locator: Locator) -> bool:
    """Whether it is an object by itself that was listed, and not an entry of an archive."""
    return "etag" in locator


async def read_object(buckets: Buckets, locator: Locator) -> bytes:
    """The whole object. Raises EntryError and StorageUnavailable; of our own bucket StorageRefused, too."""
    with _explained(locator):
        reader = buckets.find(locator.get("bucket"))
        return await reader.get_range(locator["key"], 0, locator["length"], locator["etag"])


async def stream_object(buckets: Buckets, locator: Locator) -> AsyncGenerator[bytes, None]:
    """The same in chunks of at most 256 KiB, in constant memory."""
    with _explained(locator):
        reader = buckets.find(locator.get("bucket"))
        async with aclosing(reader.open_range(locator["key"], 0, locator["length"], locator["etag"])) as content:
            async for chunk in content:
                yield chunk


@contextmanager
def _explained(locator: Locator) -> Iterator[None]:
    """What goes wrong in somebody's bucket is for its owner to mend, and concerns this object alone."""
    try:
        yield
    except ObjectNotFound:
        raise SourceMissing("The object is no longer in its bucket.") from None
    except ObjectChanged:
        raise SourceChanged("The object was replaced since it was listed.") from None
    except ObjectTooShort:
        raise CorruptEntry("The object ends before its listed length.") from None
    except BucketNotAllowed:
        raise SourceRefused("Its bucket is not one that jobs may read any more.") from None
    except StorageRefused:
        if "bucket" not in locator:
            raise
        raise SourceRefused("The storage does not let us read the object.") from None
