"""A listing: the objects that a job is about, as they were when it was laid out. Frozen as one JSON line for each.

What lies in somebody else's bucket may change while it is read, so it is listed once, and what was listed is kept: the
same listing gives the same chunks, however often a job is laid out or tried again.
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
# A name, a key and own columns, each written at its longest: `\u0001` for a character.
_LONGEST_LINE = 64 * 1024


@dataclass(frozen=True, slots=True)
class ListedObject:
    """One object. `name` is what it is called in the job; one with `skip` or `error` is not to be worked on.

    `etag` says which version was listed. `columns` are those that a manifest gives it beside its key.
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
        """`bucket` is that of the listing; None is our own."""
        located = whole_object(self.key, self.size)
        located["etag"] = self.etag
        if bucket is not None:
            located["bucket"] = bucket
        return located

    def to_line(self) -> bytes:
        said: dict[str, Any] = {"name": self.name, "key": self.key, "size": self.size, "etag": self.etag}
        if self.columns is not None:
            said["columns"] = self.columns
        if self.skip is not None:
            said["skip"] = self.skip
        if self.error is not None:
            said["error"] = self.error.to_mongo()
        return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        said = json.loads(line)
        error = said.pop("error", None)
        return cls(**said, error=Failure.model_validate(error) if error else None)


def judged(name: str, key: str, size: int, etag: str, columns: dict[str, str] | None = None) -> ListedObject:
    """An object as it is listed, by the rules that hold for an archive's entries."""
    name = cap_name(name) or "unnamed"
    skip = skip_by_name("" if key.endswith("/") else name)
    error: Failure | None = None
    if skip is None and not is_plain_key(key):
        error = Failure(code=UnsupportedKey.code, detail="The key has `.` or `..` for a folder, or control characters.")
    elif skip is None and size > (limit := ArchiveLimits().max_entry_bytes):
        error = Failure(code=EntryTooLarge.code, detail=f"{size} bytes; the limit is {limit}.")
    return ListedObject(name, key, size, etag, columns, skip, error)


@dataclass(slots=True)
class Tally:
    """What went by, within the limits."""

    limits: ArchiveLimits
    entries: int = 0
    bytes: int = 0
    columns: dict[str, None] = field(default_factory=dict)

    def add(self, entry: ListedObject) -> None:
        self.entries += 1
        self.bytes += entry.size
        self.columns |= dict.fromkeys(entry.columns or ())
        if self.entries > self.limits.max_entries:
            raise TooManyEntries(f"There are more than {self.limits.max_entries} objects; split the job.")
        if self.bytes > self.limits.max_total_bytes:
            raise TooManyEntries(f"The objects have more than {self.limits.max_total_bytes} bytes; split the job.")


async def freeze(
    storage: ObjectStorage, key: str, entries: AsyncIterable[ListedObject], limits: ArchiveLimits | None = None
) -> Listing:
    """Write a listing down under `key`. Raises TooManyEntries, and what `put_stream` and `entries` do."""
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
    """The objects of a frozen listing, in its order."""
    async with aclosing(storage.open_range(listing.key)) as content:
        async for line in split_lines(content, _LONGEST_LINE):
            yield ListedObject.from_line(line)
