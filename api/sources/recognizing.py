"""What a body is, by its bytes: looked at before anything is stored."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from api.http.errors import UnsupportedMedia
from api.sources.errors import EmptyBody, UnsupportedArchive
from shared.archives.indexes import INDEXES
from shared.archives.sniffing import (
    COMPRESSED,
    END_BYTES,
    PICTURES,
    PREFIX_BYTES,
    SNIFF_BYTES,
    ends_as_zip,
    has_zip_entry,
    sniff,
)
from shared.jobs.documents import JobKind
from shared.pictures import FORMATS

ARCHIVE_MEDIA_TYPES = {"zip": "application/zip", "tar": "application/x-tar"}
ARCHIVE_TYPES = INDEXES.keys() | COMPRESSED
OTHER_ARCHIVES = frozenset({"application/x-7z-compressed", "application/vnd.rar"})
*_TITLES, _LAST_TITLE = [picture.title for picture in FORMATS.values()]
KNOWN = f"Send a {', '.join(_TITLES)} or {_LAST_TITLE} picture, or a zip or tar of them."


@dataclass(frozen=True, slots=True)
class Recognized:
    """What a body is, by its first bytes, and all of its bytes, those first ones included."""

    kind: JobKind
    media_type: str
    content: AsyncIterator[bytes]


async def recognize(content: AsyncIterator[bytes]) -> Recognized:
    """Raises EmptyBody, UnsupportedMedia, UnsupportedArchive.

    What begins as a picture is one, whatever follows. What begins as nothing known may be a zip behind a prefix, as
    self-extracting ones are: it has to have an entry within its first MiB, and its end shows whether it was one. So
    reading its content, too, raises UnsupportedMedia.
    """
    beginning = bytearray()
    async for chunk in content:
        beginning += chunk
        if len(beginning) >= SNIFF_BYTES:
            break
    if not beginning:
        raise EmptyBody("The body is empty; it should be a picture or an archive of pictures.")
    found = sniff(bytes(beginning[:SNIFF_BYTES]))
    media_type = media_type_of(found)
    if media_type and (kind := kind_of(media_type)):
        return Recognized(kind, media_type, _joined(beginning, content))
    if found is None and await _may_hold_zip(beginning, content):
        return Recognized(JobKind.BULK, ARCHIVE_MEDIA_TYPES["zip"], _to_end_of_zip(_joined(beginning, content)))
    raise unsupported(found, bytes(beginning[:SNIFF_BYTES]))


def media_type_of(found: str | None) -> str | None:
    """Of content that was recognized as `found`."""
    return ARCHIVE_MEDIA_TYPES.get(found, found) if found else None


def kind_of(media_type: str | None) -> JobKind | None:
    """What becomes of a body of this type. None: nothing."""
    if media_type in PICTURES:
        return JobKind.SINGLE
    return JobKind.BULK if media_type in ARCHIVE_TYPES else None


async def _may_hold_zip(beginning: bytearray, content: AsyncIterator[bytes]) -> bool:
    """Whether an entry begins in its first MiB, which is read on as far as that takes."""
    searched = 0
    while not has_zip_entry(beginning, searched):
        searched = len(beginning)
        chunk = await anext(content, None) if searched < PREFIX_BYTES else None
        if chunk is None:
            return False
        beginning += chunk
    return True


async def _to_end_of_zip(content: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The same content. Raises UnsupportedMedia behind its last byte if it does not end as a zip does."""
    last = b""
    async for chunk in content:
        last = (last + chunk)[-END_BYTES:]
        yield chunk
    if not ends_as_zip(last):
        raise UnsupportedMedia(
            f"This begins as nothing known, and does not end as a zip behind a prefix would. {KNOWN}"
        )


def unsupported(found: str | None, beginning: bytes = b"") -> UnsupportedMedia:
    """What to raise for content that was recognized as `found`."""
    if found in OTHER_ARCHIVES:
        return UnsupportedArchive(
            f"This looks like {found}. Send a zip, or a tar: plain, or compressed with gzip, bzip2, xz or zstd."
        )
    if found is not None:
        return UnsupportedMedia(f"This looks like {found}. {KNOWN}")
    if not beginning:
        return UnsupportedMedia(f"This is neither a picture nor an archive. {KNOWN}")
    kind = "text" if _is_text(beginning) else "neither a picture nor an archive"
    hint = " A job as JSON needs `Content-Type: application/json`." if beginning.startswith(b"{") else ""
    start = beginning[:16].decode("latin-1")
    return UnsupportedMedia(f"This looks like {kind}: it begins with {start!a}. {KNOWN}{hint}")


def _is_text(beginning: bytes) -> bool:
    return all(byte >= 0x20 or byte in b"\t\r\n\f\x1b" for byte in beginning)


async def _joined(first: bytearray, rest: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    yield bytes(first)
    async for chunk in rest:
        yield chunk
