"""Entries are read back unchanged, with few reads. One that contradicts its index is an error of that entry."""

import asyncio
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.archives.entries import ArchiveLimits, Locator, whole_object
from shared.archives.errors import CorruptEntry, EntryError, EntryTooLarge
from shared.archives.extracting import plan_reads, read_entries
from tests.shared.archives.making import (
    BytesSource,
    Forged,
    collect,
    forge_zip,
    index_tar,
    index_zip,
    make_tar,
    make_zip,
)
from tests.shared.archives.readers import read_entry

CONTENTS = st.lists(st.binary(max_size=2000), max_size=10)
KEY = "jobs/a/source"


def locators_of(archive: bytes) -> list[Locator]:
    return [entry.locator(KEY) for entry in index_zip(archive)]


def read_all(source: BytesSource, locators: list[Locator]) -> list[bytes | EntryError]:
    return [content for _, content in sorted(asyncio.run(collect(read_entries(source, locators))))]


def read_first(archive: bytes, limits: ArchiveLimits | None = None) -> bytes:
    return asyncio.run(read_entry(BytesSource(archive), locators_of(archive)[0], limits))


@given(CONTENTS, st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
def test_a_zip_is_read_back_unchanged(contents: list[bytes], method: int) -> None:
    archive = make_zip([(f"{n}.jpg", content) for n, content in enumerate(contents)], method)

    assert read_all(BytesSource(archive), locators_of(archive)) == contents


@given(CONTENTS)
def test_a_tar_is_read_back_unchanged(contents: list[bytes]) -> None:
    archive = make_tar([(f"{n}.jpg", content) for n, content in enumerate(contents)])
    locators = [entry.locator(KEY) for entry in index_tar(archive)]

    assert read_all(BytesSource(archive), locators) == contents


def test_a_single_picture_is_read_like_an_entry() -> None:
    source = BytesSource(b"\xff\xd8\xff picture")

    assert asyncio.run(read_entry(source, whole_object(KEY, 11))) == source.content


def test_neighboring_entries_are_read_in_one_range() -> None:
    archive = make_zip([(f"{n}.jpg", bytes(1000)) for n in range(64)], zipfile.ZIP_STORED)
    source = BytesSource(archive)

    read_all(source, locators_of(archive))

    assert len(source.reads) == 1


def test_a_local_header_longer_than_expected_costs_one_more_read() -> None:
    archive = forge_zip([Forged(b"a.jpg", b"x" * 900, local_extra=bytes(500)), Forged(b"b.jpg", b"y" * 900)])
    source = BytesSource(archive)

    first, second = locators_of(archive)

    assert asyncio.run(read_entry(source, first)) == b"x" * 900
    assert len(source.reads) == 2
    assert asyncio.run(read_entry(source, second)) == b"y" * 900


@pytest.mark.parametrize(
    "entry",
    [
        Forged(b"a.jpg", b"x" * 100, crc=1),
        Forged(b"a.jpg", b"x" * 100, method=8, crc=1),
        Forged(b"a.jpg", b"x" * 100, method=8, size=99),
        Forged(b"a.jpg", b"x" * 100, method=8, size=101),
        Forged(b"a.jpg", b"x" * 100, method=8, length=4),
        Forged(b"a.jpg", b"x" * 100, local_method=8),
        Forged(b"a.jpg", b"x" * 100, local_size=7),
        Forged(b"a.jpg", b"x" * 100, offset=5),
        Forged(b"a.jpg", zlib.compress(b"no deflate stream"), method=0, local_method=8),
    ],
)
def test_an_entry_that_contradicts_its_index_is_corrupt_but_its_neighbor_is_not(entry: Forged) -> None:
    archive = forge_zip([entry, Forged(b"b.jpg", b"fine")])

    bad, good = read_all(BytesSource(archive), locators_of(archive))

    assert isinstance(bad, CorruptEntry)
    assert good == b"fine"


class DamagingSource(BytesSource):
    """Changes a byte in the middle of its first `damages` reads."""

    def __init__(self, content: bytes, damages: int) -> None:
        super().__init__(content)
        self.damages = damages

    async def get_range(self, key: str, offset: int, length: int) -> bytes:
        answer = bytearray(await super().get_range(key, offset, length))
        answer[length // 2] ^= len(self.reads) <= self.damages
        return bytes(answer)


def test_an_entry_damaged_in_transit_is_read_again() -> None:
    archive = make_zip([(f"{n}.jpg", b"%d" % n * 100) for n in range(3)], zipfile.ZIP_STORED)
    source = DamagingSource(archive, damages=1)

    assert read_all(source, locators_of(archive)) == [b"%d" % n * 100 for n in range(3)]
    assert len(source.reads) == 2


def test_an_entry_damaged_twice_is_corrupt() -> None:
    picture = b"picture" * 100
    source = DamagingSource(picture, damages=2)

    with pytest.raises(CorruptEntry):
        asyncio.run(read_entry(source, whole_object(KEY, len(picture), zlib.crc32(picture))))
    assert len(source.reads) == 2


def test_data_that_is_not_a_deflate_stream_is_corrupt() -> None:
    archive = bytearray(forge_zip([Forged(b"a.jpg", b"picture" * 50, method=8)]))
    archive[35:45] = b"\xff" * 10

    with pytest.raises(CorruptEntry):
        read_first(bytes(archive))


def test_an_entry_never_inflates_beyond_what_it_declares() -> None:
    bomb = forge_zip([Forged(b"a.jpg", bytes(50_000_000), method=8, size=1000)])

    with pytest.raises(CorruptEntry):
        read_first(bomb)


def test_an_entry_beyond_the_limit_is_not_read() -> None:
    with pytest.raises(EntryTooLarge):
        read_first(forge_zip([Forged(b"a.jpg", b"x" * 100)]), ArchiveLimits(max_entry_bytes=99))


def test_a_source_that_became_shorter_is_an_error_of_its_entries() -> None:
    archive = make_zip([("a.jpg", b"x" * 100)], zipfile.ZIP_STORED)

    [content] = read_all(BytesSource(archive[:50]), locators_of(archive))

    assert isinstance(content, CorruptEntry)


@st.composite
def spans(draw: st.DrawFn) -> list[Locator]:
    sizes = draw(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 900)), max_size=30))
    keys = draw(st.sampled_from([["a"], ["a", "b"]]))
    return draw(
        st.permutations(
            [whole_object(keys[n % len(keys)], size) | {"offset": offset} for n, (offset, size) in enumerate(sizes)]
        )
    )


@given(spans())
def test_a_plan_reads_each_entry_once_and_within_its_limits(locators: list[Locator]) -> None:
    reads = plan_reads(locators, gap_bytes=20, read_bytes=1000)

    assert sorted(n for read in reads for n in read.members) == list(range(len(locators)))
    assert all(read.length <= 1000 for read in reads)
    for read in reads:
        for n in read.members:
            assert read.key == locators[n]["key"]
            assert read.offset <= locators[n]["offset"]
            assert locators[n]["offset"] + locators[n]["length"] <= read.offset + read.length


def test_a_plan_bridges_small_gaps_and_leaves_out_large_ones() -> None:
    at = [whole_object(KEY, 100) | {"offset": offset} for offset in (0, 110, 1000)]

    reads = plan_reads(at, gap_bytes=20)

    assert [(read.offset, read.length, read.members) for read in reads] == [
        (0, 210, (0, 1)),
        (1000, 100, (2,)),
    ]
