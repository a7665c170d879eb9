"""The size of a picture from its header: a few hundred kilobytes at most, and nothing is decoded."""

import io
import struct
from contextlib import aclosing

import imagesize

from shared.archives.entries import Locator
from shared.archives.sniffing import PICTURES, SNIFF_BYTES, sniff
from shared.archives.streaming import stream_entry
from shared.listings.objects import is_listed
from shared.storage.buckets import Buckets

# In a JPEG, EXIF data (often with a thumbnail) and the ICC profile precede the size.
HEAD_BYTES = 256 * 1024


async def count_pixels(buckets: Buckets, locator: Locator) -> int | None:
    """Width × height. None: the header was not found, or it is not a picture. Raises EntryError, BucketNotAllowed, and
    what storage raises.
    """
    head = await _head(buckets, locator)
    directory = _directory_offset(head)
    if directory is not None and directory >= len(head) - SNIFF_BYTES and _is_plain(locator):
        # The directory of a TIFF can be anywhere, and often is at the end.
        length = min(HEAD_BYTES, locator["length"] - directory)
        if length > 0:
            reader = buckets.find(locator.get("bucket"))
            offset = locator["offset"] + directory
            head = _joined(head, await reader.get_range(locator["key"], offset, length, locator.get("etag")))
    return pixels_of(head)


def pixels_of(head: bytes) -> int | None:
    """From the first bytes of a picture."""
    if sniff(head[:SNIFF_BYTES]) not in PICTURES:
        return None
    # Bytes, never a name: the library would fetch a URL.
    width, height = imagesize.get(io.BytesIO(head), exif_rotation=False)
    return width * height if width > 0 and height > 0 else None


async def _head(buckets: Buckets, locator: Locator) -> bytes:
    if _is_plain(locator):
        length = min(HEAD_BYTES, locator["length"])
        reader = buckets.find(locator.get("bucket"))
        return await reader.get_range(locator["key"], locator["offset"], length, locator.get("etag"))
    head = b""
    async with aclosing(stream_entry(buckets.primary, locator)) as content:
        async for chunk in content:
            head += chunk
            if len(head) >= HEAD_BYTES:
                break
    return head


def _is_plain(locator: Locator) -> bool:
    """Whether its bytes are stored as they are, at a known offset. In a zip they are not."""
    return is_listed(locator) or (locator["method"] == "stored" and not locator["header"])


def _directory_offset(head: bytes) -> int | None:
    """The offset of a TIFF's first directory (TIFF 6.0, section 2; BigTIFF). None: not a TIFF."""
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 16:
        return None
    (version,) = struct.unpack_from(f"{order}H", head, 2)
    if version == 42:
        return int(struct.unpack_from(f"{order}I", head, 4)[0])
    return int(struct.unpack_from(f"{order}Q", head, 8)[0]) if version == 43 else None


def _joined(head: bytes, directory: bytes) -> bytes:
    """The same TIFF with its directory moved right behind its header."""
    order = "<" if head[:2] == b"II" else ">"
    if head[2:4] in (b"\x2a\x00", b"\x00\x2a"):
        return head[:4] + struct.pack(f"{order}I", 8) + directory
    return head[:8] + struct.pack(f"{order}Q", 16) + directory
