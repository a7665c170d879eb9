"""Recognizing a body by its bytes, before anything is stored."""

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
SUPPORTED = f"Send a {', '.join(_TITLES)} or {_LAST_TITLE} picture, or a zip or tar of them."


@dataclass(frozen=True, slots=True)
class Recognized:
    """The type of a body, from its first bytes, and all of its bytes including those."""

    kind: JobKind
    media_type: str
    content: AsyncIterator[bytes]


async def recognize(content: AsyncIterator[bytes]) -> Recognized:
    """Raises EmptyBody, UnsupportedMedia, UnsupportedArchive.

    What starts as a picture is one, whatever follows. An unknown start may be the prefix of a zip, as in a
    self-extracting archive: there must be an entry within the first MiB, and the end shows whether it was a zip.
    So reading the content can raise UnsupportedMedia, too.
    """
    beginning = bytearray()
    async for chunk in content:
        beginning += chunk
        if len(beginning) >= SNIFF_BYTES:
            break
    if not beginning:
        raise EmptyBody("The body is empty. Send a picture or an archive of pictures.")
    sniffed = sniff(bytes(beginning[:SNIFF_BYTES]))
    media_type = media_type_of(sniffed)
    if media_type and (kind := kind_of(media_type)):
        return Recognized(kind, media_type, _joined(beginning, content))
    if sniffed is None and await _may_hold_zip(beginning, content):
        return Recognized(JobKind.BULK, ARCHIVE_MEDIA_TYPES["zip"], _to_end_of_zip(_joined(beginning, content)))
    raise unsupported(sniffed, bytes(beginning[:SNIFF_BYTES]))


def media_type_of(sniffed: str | None) -> str | None:
    """The media type for a result of `sniff`, which has short names for archives."""
    return ARCHIVE_MEDIA_TYPES.get(sniffed, sniffed) if sniffed else None


def kind_of(media_type: str | None) -> JobKind | None:
    """The kind of job that a body of this type becomes. None: it is unsupported."""
    if media_type in PICTURES:
        return JobKind.SINGLE
    return JobKind.BULK if media_type in ARCHIVE_TYPES else None


async def _may_hold_zip(beginning: bytearray, content: AsyncIterator[bytes]) -> bool:
    """Whether an entry starts within the first MiB. Reads on until it finds one."""
    searched = 0
    while not has_zip_entry(beginning, searched):
        searched = len(beginning)
        chunk = await anext(content, None) if searched < PREFIX_BYTES else None
        if chunk is None:
            return False
        beginning += chunk
    return True


async def _to_end_of_zip(content: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The same content. Raises UnsupportedMedia after its last byte if it does not end as a zip does."""
    last = b""
    async for chunk in content:
        last = (last + chunk)[-END_BYTES:]
        yield chunk
    if not ends_as_zip(last):
        raise UnsupportedMedia(
            f"The body starts with unknown bytes, and does not end as a zip with a prefix does. {SUPPORTED}"
        )


def unsupported(sniffed: str | None, beginning: bytes = b"") -> UnsupportedMedia:
    """The error for content of this type."""
    if sniffed in OTHER_ARCHIVES:
        return UnsupportedArchive(
            f"Archives of type {sniffed} are unsupported. Send a zip, or a tar: plain, or compressed with gzip, bzip2, "
            "xz or zstd."
        )
    if sniffed is not None:
        return UnsupportedMedia(f"The type {sniffed} is unsupported. {SUPPORTED}")
    if not beginning:
        return UnsupportedMedia(f"This is neither a picture nor an archive. {SUPPORTED}")
    kind = "text" if _is_text(beginning) else "neither a picture nor an archive"
    hint = " To submit a job as JSON, set `Content-Type: application/json`." if beginning.startswith(b"{") else ""
    start = beginning[:16].decode("latin-1")
    return UnsupportedMedia(f"This looks like {kind}: it starts with {start!a}. {SUPPORTED}{hint}")


def _is_text(beginning: bytes) -> bool:
    return all(byte >= 0x20 or byte in b"\t\r\n\f\x1b" for byte in beginning)


async def _joined(first: bytearray, rest: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    yield bytes(first)
    async for chunk in rest:
        yield chunk
