"""Reading through storage takes few ranged reads: its window adapts to sequential reads and to jumps."""

import asyncio
import os

import pytest

from shared.archives.errors import ArchiveTruncated
from shared.archives.reader import LARGEST_WINDOW, SMALLEST_WINDOW, StorageReader
from shared.archives.tar_index import tar_entries
from shared.archives.zip_index import zip_entries
from tests.shared.archives.making import BytesSource, Forged, collect, forge_zip, make_tar


def reader_of(source: BytesSource) -> StorageReader:
    return StorageReader(source, "jobs/a/source", len(source.content))


def test_every_range_is_read_correctly() -> None:
    source = BytesSource(os.urandom(300_000))
    reader = reader_of(source)

    async def read() -> None:
        for offset, length in [
            (0, 10),
            (5, 100_000),
            (299_990, 10),
            (150_000, 150_000),
            (0, 300_000),
            (7, 0),
        ]:
            assert await reader.read(offset, length) == source.content[offset : offset + length]

    asyncio.run(read())


def test_reading_beyond_the_end_is_truncated() -> None:
    with pytest.raises(ArchiveTruncated):
        asyncio.run(reader_of(BytesSource(b"short")).read(3, 3))


def test_an_object_that_shrank_is_truncated() -> None:
    reader = StorageReader(BytesSource(b"short"), "jobs/a/source", size=100)

    with pytest.raises(ArchiveTruncated):
        asyncio.run(reader.read(0, 50))


def test_the_index_of_a_large_zip_takes_few_reads() -> None:
    source = BytesSource(forge_zip(Forged(b"folder/%06d.jpg" % n) for n in range(50_000)))

    entries = asyncio.run(collect(zip_entries(reader_of(source))))

    assert len(entries) == 50_000
    assert len(source.reads) <= 12
    assert max(length for _, length in source.reads) <= LARGEST_WINDOW


def test_a_tar_of_small_files_is_read_sequentially() -> None:
    source = BytesSource(make_tar((f"{n}.jpg", bytes(3000)) for n in range(2000)))

    entries = asyncio.run(collect(tar_entries(reader_of(source))))

    assert len(entries) == 2000
    assert len(source.reads) <= 10


def test_in_a_tar_of_large_files_only_the_headers_are_read() -> None:
    source = BytesSource(make_tar((f"{n}.jpg", bytes(2_000_000)) for n in range(20)))

    entries = asyncio.run(collect(tar_entries(reader_of(source))))

    assert len(entries) == 20
    assert len(source.reads) <= 21
    assert sum(length for _, length in source.reads) <= 22 * 2 * SMALLEST_WINDOW
