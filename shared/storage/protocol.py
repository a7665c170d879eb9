"""The port to object storage. Keys are `/`-separated, without a leading slash.

Every call may raise `StorageUnavailable` (try later) or `StorageRefused` (retrying is useless), and those that store
bytes `StorageFull`; other errors are named below.
"""

from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

PART_BYTES = 8 * 1024 * 1024
CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """`etag` tells whether an object was replaced; it is not a digest of the content. `modified` is on the storage's
    clock, and only known of listed objects: good for an age of hours.
    """

    key: str
    size: int
    etag: str
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class BegunParts:
    """A multipart upload that was neither completed nor aborted, with the storage's id of it. `begun` is on the
    storage's clock.
    """

    key: str
    upload: str
    begun: datetime


@dataclass(frozen=True, slots=True)
class Stored:
    """A stream once its last byte is stored; `sha256` in lower-case hex."""

    bytes: int
    sha256: str
    crc32: int


class ObjectReader(Protocol):
    """A bucket that is only read, as buckets of others always are."""

    async def get_range(self, key: str, offset: int, length: int, etag: str | None = None) -> bytes:
        """Exactly `length` bytes. Raises `ObjectNotFound`, `ObjectTooShort`, and `ObjectChanged` if the object does not
        have the given ETag.
        """

    def open_range(
        self, key: str, offset: int = 0, length: int | None = None, etag: str | None = None
    ) -> AsyncGenerator[bytes, None]:
        """The bytes from `offset`, up to the end if `length` is None, in chunks of at most 256 KiB.

        Raises what `get_range` raises, before the first chunk if the server knows. A connection that breaks is resumed
        where it broke. Close the generator (`contextlib.aclosing`) when leaving it early.
        """

    async def head(self, key: str) -> ObjectInfo:
        """Size and ETag. Raises `ObjectNotFound`."""

    def list_prefix(self, prefix: str) -> AsyncGenerator[ObjectInfo, None]:
        """The objects whose keys begin with `prefix`, sorted by key, fetched page by page."""


class ObjectStorage(ObjectReader, Protocol):
    def in_bucket(self, bucket: str) -> "ObjectStorage":
        """Another bucket of the same server, over the same connections. It is closed with this one."""

    async def put(self, key: str, body: bytes, media_type: str) -> None:
        """Store the object whole or not at all, replacing what was there."""

    async def put_stream(
        self,
        key: str,
        chunks: AsyncIterable[bytes],
        media_type: str,
        part_bytes: int = PART_BYTES,
        *,
        sole_writer: bool = True,
    ) -> Stored:
        """Store a stream of unknown length in the memory of a few parts. Chunks may have any size, including 0.

        The object is visible only once it is complete. Whatever ends the stream early – an error of the server or of
        `chunks`, a cancellation – leaves neither parts nor an object behind, and is raised again. A stream may have up
        to 10,000 parts. Pass `sole_writer=False` if another process may be storing the same object under this key: then
        an object that exists is left in place.
        """

    async def get(self, key: str) -> bytes:
        """The whole object. Raises `ObjectNotFound`."""

    async def delete(self, key: str) -> None:
        """Remove the object. Idempotent: it need not exist."""

    async def delete_some(self, prefix: str) -> int:
        """Delete a page of the objects whose keys begin with `prefix`. Returns how many, at most 1000; 0 at the end."""

    async def delete_prefix(self, prefix: str) -> int:
        """Delete all objects whose keys begin with `prefix`, until none is listed. Returns their number."""

    async def ensure_bucket(self) -> None:
        """Create the bucket unless it exists. For set-up and tests: the processes expect it to exist."""

    def presign_get(self, key: str, expires_seconds: int, filename: str, media_type: str) -> str:
        """A URL that downloads the object as `filename`, without a key, until it expires. Sends no request."""

    async def begin_parts(self, key: str, media_type: str) -> str:
        """Begin a multipart upload; returns its id. The object is visible only once it is completed."""

    def presign_part(self, key: str, upload: str, number: int, length: int, expires_seconds: int) -> str:
        """A URL to PUT this part of exactly `length` bytes, without a key, until it expires. Sends no request."""

    async def put_part(self, key: str, upload: str, number: int, body: bytes) -> str:
        """Send one part; `number` counts from 1. Replaces a part with that number. Returns its ETag. Raises
        `ObjectNotFound` once the upload was completed or aborted.
        """

    async def complete_parts(self, key: str, upload: str, etags: list[str], size: int) -> None:
        """Assemble the parts 1, 2, … with these ETags into an object of `size` bytes. Idempotent. Raises
        `PartsRefused`, and `ObjectNotFound` once the upload was aborted.
        """

    async def abort_parts(self, key: str, upload: str) -> None:
        """Drop the parts. Raises `ObjectNotFound` if the upload was aborted or completed before."""

    def list_begun_parts(self, prefix: str) -> AsyncGenerator[BegunParts, None]:
        """The multipart uploads of keys that begin with `prefix`, fetched page by page. MinIO lists them only by their
        whole key; it drops old ones itself.
        """

    async def ping(self) -> None:
        """Raise unless the bucket answers within about 5 s. Not retried: for readiness checks."""
