"""An entry that is streamed has the bytes that a worker reads, and never more than the index declares."""

import asyncio
import os
import zipfile
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.archives.entries import Locator, whole_object
from shared.archives.errors import CorruptEntry
from shared.archives.streaming import stream_entry
from tests.shared.archives.making import BytesSource, Forged, collect, forge_zip, index_zip, make_zip


class StreamSource(BytesSource):
    """Also streams, in chunks of a given size."""

    async def open_range(self, key: str, offset: int = 0, length: int | None = None) -> AsyncGenerator[bytes, None]:
        content = await self.get_range(key, offset, length or 0)
        for start in range(0, len(content), 100_000):
            yield content[start : start + 100_000]


def first_locator(archive: bytes) -> Locator:
    return index_zip(archive)[0].locator("jobs/a/source")


def stream(archive: bytes, locator: Locator) -> bytes:
    return b"".join(asyncio.run(collect(stream_entry(StreamSource(archive), locator))))


@given(st.binary(max_size=2000), st.integers(1, 300), st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
def test_an_entry_is_streamed_unchanged(pattern: bytes, times: int, method: int) -> None:
    archive = make_zip([("a.jpg", pattern * times)], method)

    assert stream(archive, first_locator(archive)) == pattern * times


def test_a_single_picture_is_streamed() -> None:
    content = os.urandom(250_000)

    assert stream(content, whole_object("jobs/a/source", len(content))) == content


@pytest.mark.parametrize(
    "entry",
    [
        Forged(b"a.jpg", b"x" * 100, crc=1),
        Forged(b"a.jpg", b"x" * 100, method=8, size=99),
        Forged(b"a.jpg", b"x" * 100, method=8, size=101),
        Forged(b"a.jpg", b"x" * 100, method=8, length=4),
        Forged(b"a.jpg", b"x" * 100, offset=5),
        Forged(b"a.jpg", bytes(50_000_000), method=8, size=1000),
    ],
)
def test_an_entry_that_contradicts_its_index_is_corrupt(entry: Forged) -> None:
    archive = forge_zip([entry, Forged(b"b.jpg", b"fine")])

    with pytest.raises(CorruptEntry):
        stream(archive, first_locator(archive))


def test_a_source_that_became_shorter_is_corrupt() -> None:
    archive = make_zip([("a.jpg", b"x" * 100)], zipfile.ZIP_STORED)

    with pytest.raises(CorruptEntry):
        stream(archive[:50], first_locator(archive))
