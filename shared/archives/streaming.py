"""One entry as a stream, in constant memory, for downloads of sources. Workers read many at once: `extracting.py`."""

import zlib
from collections.abc import AsyncGenerator
from contextlib import aclosing

from shared.archives.entries import Locator
from shared.archives.errors import CorruptEntry
from shared.archives.extracting import data_start
from shared.archives.zip_records import LOCAL_HEADER_BYTES
from shared.storage.errors import ObjectTooShort
from shared.storage.protocol import CHUNK_BYTES, ObjectStorage


async def stream_entry(storage: ObjectStorage, locator: Locator) -> AsyncGenerator[bytes, None]:
    """The content of one entry, in chunks of at most 256 KiB; never more than its declared size.

    Raises what `ObjectStorage.open_range` raises, and `CorruptEntry`: at once if the entry's header is wrong, after the
    last chunk if only the checksum is.
    """
    crc, sent = 0, 0
    try:
        start = await _data_offset(storage, locator)
        stored = storage.open_range(locator["key"], start, locator["length"])
        async with aclosing(stored if locator["method"] == "stored" else _inflated(stored, locator["size"])) as content:
            async for chunk in content:
                crc, sent = zlib.crc32(chunk, crc), sent + len(chunk)
                yield chunk
    except ObjectTooShort:
        raise CorruptEntry("The source ends before the entry does.") from None
    if sent != locator["size"]:
        raise CorruptEntry(f"The entry declares {locator['size']} bytes but has {sent}.")
    if locator["crc32"] not in (None, crc):
        raise CorruptEntry("The checksum does not match.")


async def _data_offset(storage: ObjectStorage, locator: Locator) -> int:
    if not locator["header"]:
        return locator["offset"]
    header = await storage.get_range(locator["key"], locator["offset"], LOCAL_HEADER_BYTES)
    return locator["offset"] + data_start(memoryview(header), locator)


async def _inflated(stored: AsyncGenerator[bytes, None], size: int) -> AsyncGenerator[bytes, None]:
    """Stops one byte after `size`, however much more the compressed data would yield."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    left = size + 1
    async with aclosing(stored):
        async for chunk in stored:
            waiting = chunk
            while left and not inflater.eof:
                try:
                    content = inflater.decompress(waiting, min(CHUNK_BYTES, left))
                except zlib.error as error:
                    raise CorruptEntry(f"The compressed data is damaged: {error}.") from None
                left -= len(content)
                waiting = inflater.unconsumed_tail
                if content:
                    yield content
                # zlib may have consumed all input and still hold output, so only empty output means that it needs more.
                elif not waiting:
                    break
    if left and not inflater.eof:
        raise CorruptEntry("The compressed data is cut off.")
