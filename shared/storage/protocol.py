"""What the rest of the project may ask of object storage. Keys are `/`-separated, without a leading slash.

Every call may raise `StorageUnavailable` (try later) or `StorageRefused` (never mind); further errors are named below.
"""

from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass
from typing import Protocol

PART_BYTES = 8 * 1024 * 1024
CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """`etag` says whether two looks saw the same object; it is no digest of the content."""

    key: str
    size: int
    etag: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What a stream turned out to be once its last byte was stored; `sha256` in lower-case hex."""

    bytes: int
    sha256: str
    crc32: int


class ObjectReader(Protocol):
    """A bucket as far as it is read: all that is ever done in somebody else's."""

    async def get_range(self, key: str, offset: int, length: int, etag: str | None = None) -> bytes:
        """Exactly `length` bytes. Raises `ObjectNotFound`, `ObjectTooShort`, and `ObjectChanged` unless the object has
        this ETag, where one is given.
        """

    def open_range(
        self, key: str, offset: int = 0, length: int | None = None, etag: str | None = None
    ) -> AsyncGenerator[bytes, None]:
        """The bytes from `offset`, all there are if `length` is None, in chunks of at most 256 KiB.

        Raises what `get_range` does, before the first chunk where the server says so; a connection that breaks on the
        way is taken up again where it broke. Close it (`contextlib.aclosing`) when leaving it early.
        """

    async def head(self, key: str) -> ObjectInfo:
        """Size and ETag. Raises `ObjectNotFound`."""

    def list_prefix(self, prefix: str) -> AsyncGenerator[ObjectInfo, None]:
        """The objects whose keys begin with `prefix`, in the order of their keys, a page at a time."""


class ObjectStorage(ObjectReader, Protocol):
    def in_bucket(self, bucket: str) -> "ObjectStorage":
        """Another bucket of the same server, by the same connections. It is closed with this one."""

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
        """Store a stream of unknown length in the memory of a few parts; chunks may have any size, also none.

        Visible only once complete. Whatever ends it early – an error of the server or of `chunks`, cancellation –
        leaves nothing behind, neither parts nor an object, and is raised again. The longest stream is 10,000 parts.
        Without `sole_writer` – somebody else may be storing the same under this key – an object that is there stays.
        """

    async def get(self, key: str) -> bytes:
        """The whole object. Raises `ObjectNotFound`."""

    async def delete(self, key: str) -> None:
        """Remove the object. Idempotent: a key with nothing under it is fine."""

    async def delete_some(self, prefix: str) -> int:
        """Delete a page of the objects whose keys begin with `prefix`, a thousand or fewer; 0 once there are none."""

    async def delete_prefix(self, prefix: str) -> int:
        """Delete every object whose key begins with `prefix`, until none is listed any more; says how many."""

    async def ensure_bucket(self) -> None:
        """Create the bucket unless it exists. For set-up and tests; processes expect to find it."""

    def presign_get(self, key: str, expires_seconds: int, filename: str, media_type: str) -> str:
        """A URL that lets whoever holds it download the object as `filename`, for a while. Asks no server."""

    async def begin_parts(self, key: str, media_type: str) -> str:
        """Begin an object that is sent part by part; the id of that. Nothing is visible before it is completed."""

    def presign_part(self, key: str, upload: str, number: int, length: int, expires_seconds: int) -> str:
        """A URL that lets whoever holds it PUT this part, of exactly `length` bytes, for a while. Asks no server."""

    async def put_part(self, key: str, upload: str, number: int, body: bytes) -> str:
        """Send one part, `number` counting from 1, in place of what was sent as that; its ETag. Raises
        `ObjectNotFound` once the parts were completed or aborted.
        """

    async def complete_parts(self, key: str, upload: str, etags: list[str], size: int) -> None:
        """Make the parts 1, 2, … with these ETags an object of `size` bytes. Idempotent. Raises `PartsRefused`, and
        `ObjectNotFound` once they were aborted.
        """

    async def abort_parts(self, key: str, upload: str) -> None:
        """Drop the parts. Raises `ObjectNotFound` where that was done, or they were completed."""

    async def ping(self) -> None:
        """Return within about 5 s if the bucket can be reached with our key, else raise. For readiness: not retried."""
