"""Plain tars, valid and forged, are indexed as the standard library does, or refused with a code."""

import asyncio
import io
import tarfile
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.archives.entries import NAME_BYTES, ArchiveLimits
from shared.archives.errors import (
    ArchiveBomb,
    ArchiveCorrupt,
    ArchiveError,
    ArchiveTruncated,
    ArchiveUnsupported,
)
from shared.archives.tar_index import tar_entries
from tests.fixtures.memory import with_peak
from tests.shared.archives.making import END_OF_TAR as END
from tests.shared.archives.making import TailReader, collect, count_entries, index_tar, make_tar, padded
from tests.shared.archives.making import tar_header as header

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=300)
FILES = st.lists(st.tuples(NAMES, st.binary(max_size=1100)), max_size=8)


@settings(deadline=None)
@given(FILES, st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]))
def test_any_tar_that_tarfile_writes_is_indexed_as_tarfile_does(
    files: list[tuple[str, bytes]], tar_format: int
) -> None:
    content = make_tar(files, tar_format)

    entries = index_tar(content)

    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        members = archive.getmembers()
    assert [(entry.offset, entry.size) for entry in entries] == [(m.offset_data, m.size) for m in members]
    assert [entry.name.rstrip("/") for entry in entries] == [m.name.rstrip("/") for m in members]


@pytest.mark.parametrize("tar_format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_are_read_in_every_format(tar_format: int) -> None:
    name = "/".join(["a-rather-long-folder-name"] * 6) + "/a-picture-of-1912.jpg"

    assert [entry.name for entry in index_tar(make_tar([(name, b"x")], tar_format))] == [name]


def test_an_old_tar_without_magic_is_read() -> None:
    content = header(magic=b"", kind=b"\0", size=b"5") + padded(b"hello") + END

    assert [(entry.name, entry.offset, entry.size) for entry in index_tar(content)] == [("a.jpg", 512, 5)]


def test_a_size_in_base_256_is_read() -> None:
    size = 9 << 30
    block = header(size=b"\x80" + size.to_bytes(11))

    class Large(TailReader):
        """One entry of zeros, too large to be created here."""

        async def read(self, offset: int, length: int) -> bytes:
            return block if offset == 0 else await super().read(offset, length)

    [entry] = asyncio.run(collect(tar_entries(Large(END, before=512 + size))))

    assert (entry.offset, entry.size) == (512, size)
    assert entry.error is not None
    assert entry.error.code == "entry_too_large"


def test_a_pax_size_overrides_the_header() -> None:
    record = b"10 size=5\n"
    pax = header(b"pax", size=b"%o" % len(record), kind=b"x") + padded(record)

    [entry] = index_tar(pax + header(size=b"0") + padded(b"hello") + END)

    assert (entry.offset, entry.size) == (1536, 5)


@pytest.mark.parametrize(
    ("kind", "name", "skip"),
    [
        (b"5", b"folder/", "directory"),
        (b"0", b"folder/", "directory"),
        (b"1", b"a.jpg", "link"),
        (b"2", b"a.jpg", "link"),
        (b"3", b"a.jpg", "special_file"),
        (b"6", b"a.jpg", "special_file"),
        (b"V", b"a.jpg", "special_file"),
        (b"0", b"./folder/a.jpg", None),
        (b"7", b"a.jpg", None),
        (b"0", b"__MACOSX/._a.jpg", "system_file"),
    ],
)
def test_other_entries_are_skipped_with_a_reason(kind: bytes, name: bytes, skip: str | None) -> None:
    first, second = index_tar(header(name, kind=kind) + header(b"b.jpg") + END)

    assert (first.skip, second.name) == (skip, "b.jpg")


def test_a_name_that_is_cut_at_a_slash_is_not_a_folder() -> None:
    name = "a" * (NAME_BYTES - 1) + "/a.jpg"

    [entry] = index_tar(make_tar([(name, b"x")]))

    assert (entry.name, entry.skip) == (name[:NAME_BYTES], None)


def test_sparse_files_are_skipped_as_unsupported() -> None:
    old = bytearray(header(b"old.jpg", size=b"5", kind=b"S"))
    old[482] = 1
    old[148:156] = b" " * 8
    old[148:156] = b"%06o\0 " % sum(old)
    old_sparse = bytes(old) + bytes(504) + b"\1" + bytes(7) + bytes(512) + padded(b"hello")
    record = b"22 GNU.sparse.major=1\n"
    new_sparse = header(b"pax", size=b"%o" % len(record), kind=b"x") + padded(record)

    entries = index_tar(old_sparse + new_sparse + header(b"new.jpg") + header(b"b.jpg") + END)

    codes = [entry.error.code if entry.error else None for entry in entries]
    assert [entry.name for entry in entries] == ["old.jpg", "new.jpg", "b.jpg"]
    assert codes == ["unsupported_method", "unsupported_method", None]


def test_names_in_an_unknown_encoding_stay_distinct() -> None:
    assert [entry.name for entry in index_tar(header(b"Gr\xf6\xdfe.jpg") + END)] == ["Größe.jpg"]


@pytest.mark.parametrize("percent", range(100))
def test_a_tar_cut_off_anywhere_is_refused(percent: int) -> None:
    # The standard library pads the last record with zeros, which may be missing.
    content = make_tar([(f"{number}.jpg", bytes([number]) * 700) for number in range(1, 40)]).rstrip(b"\0")

    with pytest.raises(ArchiveTruncated):
        index_tar(content[: len(content) * percent // 100])


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_tar_is_either_refused_or_indexed(data: st.DataObject) -> None:
    content = bytearray(make_tar([("ä" * 120 + f"{number}.jpg", bytes(50)) for number in range(3)]))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, 6000))] = data.draw(st.integers(0, 255))

    try:
        entries = index_tar(bytes(content))
    except ArchiveError:
        return
    assert len(entries) <= 10


@pytest.mark.parametrize(
    "block",
    [
        header()[:148] + b"000000\0 " + header()[156:],
        header(size=b"-1"),
        header(size=b"\xff" * 12),
        header(size=b"9"),
        b"\xff\xd8\xff" + bytes(509),
    ],
)
def test_a_malformed_header_is_corrupt(block: bytes) -> None:
    with pytest.raises(ArchiveCorrupt):
        index_tar(block + END)


@pytest.mark.parametrize("record", [b"99 path=a\n", b"x path=a\n", b"10 size=x\n", b"8 size=5\n", b"0 path=a\n"])
def test_a_pax_header_with_wrong_lengths_is_corrupt(record: bytes) -> None:
    pax = header(b"pax", size=b"%o" % len(record), kind=b"x") + padded(record)

    with pytest.raises(ArchiveCorrupt):
        index_tar(pax + header() + END)


def test_claims_of_headers_are_checked_before_memory_is_allocated() -> None:
    with pytest.raises(ArchiveBomb):
        index_tar(header(size=b"77777777777", kind=b"L") + END)
    with pytest.raises(ArchiveBomb):
        index_tar(header() * 3 + END, ArchiveLimits(max_entries=2))
    with pytest.raises(ArchiveBomb):
        index_tar(header(kind=b"g") * 20 + header() + END, ArchiveLimits(max_entries=2))


def test_a_volume_of_a_split_archive_is_unsupported() -> None:
    with pytest.raises(ArchiveUnsupported):
        index_tar(header(kind=b"M") + END)


def test_many_entries_are_indexed_in_constant_memory() -> None:
    content = b"".join(header(b"folder/%06d.jpg" % number) for number in range(5_000)) + END

    count, peak = with_peak(partial(count_entries, tar_entries), content)

    assert count == 5_000
    assert peak < 256 * 1024
