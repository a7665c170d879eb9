"""One entry as a stream, in constant memory: for handing out what came in. Workers read many at once: `reading.py`."""

import zlib
from collections.abc import AsyncGenerator
from contextlib import aclosing

from shared.archives.entries import Locator
from shared.archives.errors import CorruptEntry
from shared.archives.reading import data_start
from shared.archives.zip_index import LOCAL_HEADER_BYTES
from shared.storage.errors import ObjectTooShort
from shared.storage.protocol import CHUNK_BYTES, ObjectStorage


async def stream_entry(storage: ObjectStorage, locator: Locator) -> AsyncGenerator[bytes, None]:
    """The content of one entry, in chunks of at most 256 KiB; never more than its declared size.

    Raises what `ObjectStorage.open_range` does, and `CorruptEntry`: at once where the entry's header is wrong, after
    the last chunk where only the checksum is.
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
        raise CorruptEntry(f"The entry declares {locator['size']} bytes and holds {sent}.")
    if locator["crc32"] not in (None, crc):
        raise CorruptEntry("The checksum is wrong.")


async def _data_offset(storage: ObjectStorage, locator: Locator) -> int:
    if not locator["header"]:
        return locator["offset"]
    header = await storage.get_range(locator["key"], locator["offset"], LOCAL_HEADER_BYTES)
    return locator["offset"] + data_start(memoryview(header), locator)


async def _inflated(stored: AsyncGenerator[bytes, None], size: int) -> AsyncGenerator[bytes, None]:
    """Stops one byte behind `size`, whatever the compressed data would go on to yield."""
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
                # All input may be taken in while output is still held back, so only an empty answer means "more".
                elif not waiting:
                    break
    if left and not inflater.eof:
        raise CorruptEntry("The compressed data breaks off.")
