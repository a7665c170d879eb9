"""A listing: the objects of a job that is not about an archive, frozen as one JSON line each when the job is expanded.

The objects in a bucket may change at any time, so they are listed once: the same listing gives the same chunks, however
often the job is expanded or retried.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Self

from shared.archives.entries import ArchiveLimits, Locator, Skip, whole_object
from shared.archives.errors import EntryTooLarge
from shared.archives.names import cap_name
from shared.archives.skipping import skip_by_name
from shared.documents import Failure
from shared.jobs.documents import Listing
from shared.listings.errors import TooManyEntries, UnsupportedKey
from shared.listings.lines import split_lines
from shared.storage.keys import is_plain_key
from shared.storage.protocol import ObjectStorage

MEDIA_TYPE = "application/x-ndjson"

_BLOCK_BYTES = 256 * 1024
# A name, a key and columns of maximum length, with every character escaped as `\u0001`.
_LONGEST_LINE = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedObject:
    """One object. `name` is its name in the job. One with `skip` or `error` is not colorized.

    `etag` identifies the listed version. `columns` are its other columns in a manifest.
    """

    name: str
    key: str
    size: int = 0
    etag: str = ""
    columns: dict[str, str] | None = None
    skip: Skip | None = None
    error: Failure | None = None

    @property
    def is_picture(self) -> bool:
        """As far as the listing can tell."""
        return self.skip is None and self.error is None

    def locator(self, bucket: str | None) -> Locator:
        """`bucket` is that of the listing; None is the service's bucket."""
        locator = whole_object(self.key, self.size)
        locator["etag"] = self.etag
        if bucket is not None:
            locator["bucket"] = bucket
        return locator

    def to_line(self) -> bytes:
        fields: dict[str, Any] = {"name": self.name, "key": self.key, "size": self.size, "etag": self.etag}
        if self.columns is not None:
            fields["columns"] = self.columns
        if self.skip is not None:
            fields["skip"] = self.skip
        if self.error is not None:
            fields["error"] = self.error.to_mongo()
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        fields = json.loads(line)
        error = fields.pop("error", None)
        return cls(**fields, error=Failure.model_validate(error) if error else None)


def classify(name: str, key: str, size: int, etag: str, columns: dict[str, str] | None = None) -> ListedObject:
    """A listed object, skipped or refused by the same rules as an entry of an archive."""
    name = cap_name(name) or "unnamed"
    skip = skip_by_name("" if key.endswith("/") else name, size)
    error: Failure | None = None
    if skip is None and not is_plain_key(key):
        error = Failure(code=UnsupportedKey.code, detail="The key has a folder `.` or `..`, or control characters.")
    elif skip is None and size > (limit := ArchiveLimits().max_entry_bytes):
        error = Failure(code=EntryTooLarge.code, detail=f"The object has {size} bytes; the limit is {limit}.")
    return ListedObject(name=name, key=key, size=size, etag=etag, columns=columns, skip=skip, error=error)


@dataclass(slots=True)
class Tally:
    """Counts objects and raises TooManyEntries beyond the limits."""

    limits: ArchiveLimits
    entries: int = 0
    bytes: int = 0
    columns: dict[str, None] = field(default_factory=dict)

    def add(self, entry: ListedObject) -> None:
        self.entries += 1
        self.bytes += entry.size
        self.columns |= dict.fromkeys(entry.columns or ())
        if self.entries > self.limits.max_entries:
            raise TooManyEntries(f"There are more than {self.limits.max_entries} objects. Submit them as several jobs.")
        if self.bytes > self.limits.max_total_bytes:
            raise TooManyEntries(
                f"The objects have more than {self.limits.max_total_bytes} bytes. Submit them as several jobs."
            )


async def freeze(
    storage: ObjectStorage, key: str, entries: AsyncIterable[ListedObject], limits: ArchiveLimits | None = None
) -> Listing:
    """Store a listing under `key`. Raises TooManyEntries, and what `put_stream` and `entries` raise."""
    tally = Tally(limits or ArchiveLimits())

    async def blocks() -> AsyncGenerator[bytes, None]:
        block = bytearray()
        async for entry in entries:
            tally.add(entry)
            block += entry.to_line()
            if len(block) >= _BLOCK_BYTES:
                yield bytes(block)
                block.clear()
        yield bytes(block)

    await storage.put_stream(key, blocks(), MEDIA_TYPE)
    return Listing(key=key, entries=tally.entries, columns=list(tally.columns))


async def read_listing(storage: ObjectStorage, listing: Listing) -> AsyncGenerator[ListedObject, None]:
    """The objects of a frozen listing, in order."""
    async with aclosing(storage.open_range(listing.key)) as content:
        async for line in split_lines(content, _LONGEST_LINE):
            yield ListedObject.from_line(line)
