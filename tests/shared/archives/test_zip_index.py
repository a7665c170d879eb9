"""Zips are indexed as the standard library does it; names, skipped entries, and sizes beyond 4 GB."""

import asyncio
import io
import stat
import struct
import zipfile
import zlib
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.archives.entries import Entry
from shared.archives.zip_index import zip_entries
from tests.fixtures.memory import with_peak
from tests.shared.archives.making import Forged, TailReader, collect, count_entries, forge_zip, index_zip, make_zip

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)
FILES = st.lists(st.tuples(NAMES, st.binary(max_size=300)), max_size=12, unique_by=lambda file: file[0])


def facts(entries: list[Entry]) -> list[tuple[str, int, int, int, int | None]]:
    return [(entry.name, entry.offset, entry.length, entry.size, entry.crc32) for entry in entries]


def facts_by_zipfile(content: bytes) -> list[tuple[str, int, int, int, int | None]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [
            (info.filename, info.header_offset, info.compress_size, info.file_size, info.CRC)
            for info in archive.infolist()
        ]


@given(
    FILES,
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
    st.binary(max_size=100),
    st.binary(max_size=50),
)
def test_any_zip_that_zipfile_writes_is_indexed_as_zipfile_does(
    files: list[tuple[str, bytes]], method: int, comment: bytes, prefix: bytes
) -> None:
    content = prefix + make_zip(files, method, comment.replace(b"PK", b"pk"))

    entries = index_zip(content)

    assert facts(entries) == facts_by_zipfile(content)
    assert [entry.index for entry in entries] == list(range(len(files)))


def test_sizes_after_the_data_are_taken_from_the_directory() -> None:
    class Unseekable(io.RawIOBase):
        def __init__(self) -> None:
            self.written = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.written += data
            return len(data)

    sink = Unseekable()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        archive.writestr("a.jpg", b"a" * 1000)
        archive.writestr("b.jpg", b"b" * 1000)

    assert facts(index_zip(bytes(sink.written))) == facts_by_zipfile(bytes(sink.written))


def test_zip64_numbers_are_read() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(70_000):
            archive.writestr(zipfile.ZipInfo(f"{number}.jpg"), b"")
        with archive.open("large.jpg", "w", force_zip64=True) as file:
            file.write(b"x")
    content = buffer.getvalue()
    assert b"PK\x06\x06" in content

    entries = index_zip(b"prefix" + content)

    assert (len(entries), entries[-1].name, entries[-1].size) == (70_001, "large.jpg", 1)
    assert content[entries[-1].offset - 6 :].startswith(b"PK\x03\x04")


def test_an_entry_beyond_four_gigabytes_is_located() -> None:
    extra = struct.pack("<2H3Q", 1, 24, 5 << 30, 5 << 30, 6 << 30)
    [entry] = [Forged(b"a.tif", length=0xFFFFFFFF, size=0xFFFFFFFF, offset=0xFFFFFFFF, extra=extra)]
    zip32 = forge_zip([entry])
    directory, end = zip32[zip32.index(b"PK\x01\x02") : -22], zip32[-22:]
    begin = 12 << 30
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, len(directory), begin)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, begin + len(directory), 1)
    reader = TailReader(directory + record + locator + end, before=begin)

    [indexed] = asyncio.run(collect(zip_entries(reader)))

    assert (indexed.offset, indexed.length, indexed.size) == (6 << 30, 5 << 30, 5 << 30)
    assert indexed.error is not None
    assert indexed.error.code == "entry_too_large"


def test_a_comment_that_looks_like_an_end_record_is_not_taken_for_it() -> None:
    forged_end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 9, 9, 3)
    content = make_zip([("a.jpg", b"x")], comment=b"hello" + forged_end + b"1234")

    assert [entry.name for entry in index_zip(content)] == ["a.jpg"]


@pytest.mark.parametrize("length", [0, 1, 65_535])
def test_a_comment_may_be_as_long_as_the_format_allows(length: int) -> None:
    assert len(index_zip(make_zip([("a.jpg", b"x")], comment=b"c" * length))) == 1


def test_an_empty_zip_has_no_entries() -> None:
    assert index_zip(make_zip([])) == []


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        (Forged("Fotoğraf.jpg".encode(), flags=0x800), "Fotoğraf.jpg"),
        (Forged("Fotoğraf.jpg".encode(), flags=0), "Fotoğraf.jpg"),
        (Forged("Größe.jpg".encode("cp437"), flags=0), "Größe.jpg"),
        (Forged(b"\xff\xfe.jpg", flags=0x800), "\xa0■.jpg"),
        (Forged(b"a\0b\nc.jpg"), "a\0b\nc.jpg"),
        (Forged(b"../../etc/passwd.jpg"), "../../etc/passwd.jpg"),
        (Forged(b"x" * 5000), "x" * 1024),
        (Forged("ü".encode() * 3000), "ü" * 512),
    ],
)
def test_names_are_decoded_and_capped_and_otherwise_unchanged(entry: Forged, name: str) -> None:
    assert [indexed.name for indexed in index_zip(forge_zip([entry]))] == [name]


def test_a_unicode_path_counts_only_for_the_name_it_was_written_for() -> None:
    raw = "Größe.jpg".encode("cp1252")
    better = "Größe.jpg".encode()
    held = struct.pack("<2HBL", 0x7075, 5 + len(better), 1, zlib.crc32(raw)) + better
    stale = struct.pack("<2HBL", 0x7075, 5 + len(better), 1, 0) + better

    content = forge_zip([Forged(raw, flags=0, extra=held), Forged(raw, flags=0, extra=stale)])
    entries = index_zip(content, name_encoding="cp437")

    assert [entry.name for entry in entries] == ["Größe.jpg", raw.decode("cp437")]


@pytest.mark.parametrize(("stand_in", "name"), [(b"__.jpg", "港口.jpg"), (b"???.jpg", "Łódź.jpg"), (b"a/", "港.jpg")])
def test_a_unicode_path_counts_for_a_name_in_ascii_too(stand_in: bytes, name: str) -> None:
    path = struct.pack("<2HBL", 0x7075, 5 + len(name.encode()), 1, zlib.crc32(stand_in)) + name.encode()

    [entry] = index_zip(forge_zip([Forged(stand_in, flags=0, extra=path)]))

    assert (entry.name, entry.name_bytes, entry.skip) == (name, stand_in, None)


def test_a_unicode_path_that_is_not_utf8_does_not_count() -> None:
    path = struct.pack("<2HBL", 0x7075, 6, 1, zlib.crc32(b"a.jpg")) + b"\xff"

    [entry] = index_zip(forge_zip([Forged(b"a.jpg", extra=path)]))

    assert (entry.name, entry.name_bytes) == ("a.jpg", None)


@pytest.mark.parametrize(
    ("entry", "skip"),
    [
        (Forged(b"folder/"), "directory"),
        (Forged(b"folder", attributes=0x10, host=0), "directory"),
        (Forged(b"folder.jpg", attributes=(stat.S_IFDIR | 0o755) << 16), "directory"),
        (Forged(b"a.jpg", b"b.jpg", attributes=(stat.S_IFLNK | 0o777) << 16), "link"),
        (Forged(b"a.jpg", attributes=stat.S_IFIFO << 16), "special_file"),
        (Forged(b"a.jpg", attributes=(stat.S_IFREG | 0o644) << 16), None),
        (Forged(b"a.jpg", attributes=stat.S_IFLNK << 16, host=0), None),
        (Forged(b"notes.txt", b"x", flags=1), "not_an_image"),
        (Forged(b"a" * 1023 + b"/a.jpg"), None),
    ],
)
def test_other_entries_are_skipped_with_a_reason(entry: Forged, skip: str | None) -> None:
    [indexed] = index_zip(forge_zip([entry]))

    assert (indexed.skip, indexed.error) == (skip, None)


def test_many_entries_are_indexed_in_constant_memory() -> None:
    content = forge_zip(Forged(b"folder/%06d.jpg" % number) for number in range(25_000))

    count, peak = with_peak(partial(count_entries, zip_entries), content)

    assert count == 25_000
    assert peak < 2 * 1024 * 1024
