"""A compressed tar gives the same entries and bytes as the plain one, whatever its compression."""

import asyncio
import gzip
import io
import lzma
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.archives.entries import Entry
from shared.archives.extracting import read_entries
from shared.archives.sniffing import COMPRESSED, SNIFF_BYTES, sniff
from tests.shared.archives.compressing import COMPRESSORS, FORMATS, PackStore, pack
from tests.shared.archives.making import BytesSource, collect, index_tar, make_tar

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=200)
SUFFIXES = st.sampled_from(["", ".jpg", ".tif", ".txt", "/", ".zip"])
FILES = st.lists(st.tuples(st.builds(str.__add__, NAMES, SUFFIXES), st.binary(max_size=1100)), max_size=8)
PLAIN = make_tar([(f"{number}.jpg", bytes([number]) * 700) for number in range(20)])


def described(entries: list[Entry]) -> list[tuple[object, ...]]:
    return [(entry.index, entry.name, entry.size, entry.skip, type(entry.error)) for entry in entries]


def halves(content: bytes) -> tuple[bytes, bytes]:
    return content[: len(content) // 2], content[len(content) // 2 :]


@settings(deadline=None, max_examples=60)
@given(
    FILES,
    st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
    st.sampled_from(FORMATS),
    st.integers(1, 3000),
)
def test_a_compressed_tar_gives_the_same_entries_and_bytes_as_the_plain_one(
    files: list[tuple[str, bytes]], tar_format: int, media_type: str, pack_bytes: int
) -> None:
    plain, store = make_tar(files, tar_format), PackStore()

    entries = pack(COMPRESSORS[media_type](plain), media_type, store, pack_bytes=pack_bytes)

    expected = index_tar(plain)
    assert described(entries) == described(expected)
    for entry, as_plain in zip(entries, expected, strict=True):
        if entry.is_picture:  # Entries that are not pictures are not stored.
            assert store.content(entry) == plain[as_plain.offset :][: as_plain.size]


@pytest.mark.parametrize("media_type", FORMATS)
def test_a_worker_reads_from_the_packs_what_was_put_into_the_tar(media_type: str) -> None:
    store = PackStore()
    entries = pack(COMPRESSORS[media_type](PLAIN), media_type, store)

    [key] = store.objects
    locators = [entry.locator("the archive") for entry in entries]
    read = asyncio.run(collect(read_entries(BytesSource(store.objects[key]), locators)))

    assert [content for _, content in sorted(read)] == [bytes([number]) * 700 for number in range(20)]


@pytest.mark.parametrize("media_type", FORMATS)
def test_consecutive_members_are_one_tar(media_type: str) -> None:
    first, second = halves(PLAIN)
    compress = COMPRESSORS[media_type]

    entries = pack(compress(first) + compress(b"") + bytes(8) + compress(second), media_type)

    assert described(entries) == described(index_tar(PLAIN))


def test_many_tiny_members_are_one_tar() -> None:
    content = b"".join(gzip.compress(PLAIN[start : start + 3]) for start in range(0, len(PLAIN), 3))

    assert described(pack(content, "application/gzip")) == described(index_tar(PLAIN))


def test_a_skippable_zstd_frame_is_recognized_and_skipped() -> None:
    content = b"\x50\x2a\x4d\x18\x03\0\0\0abc" + COMPRESSORS["application/zstd"](PLAIN)

    assert sniff(content[:SNIFF_BYTES]) == "application/zstd"
    assert described(pack(content, "application/zstd")) == described(index_tar(PLAIN))


@pytest.mark.parametrize("media_type", FORMATS)
@pytest.mark.parametrize("garbage", [b"garbage", bytes(3) + b"a tar without compression"])
def test_data_after_a_complete_tar_is_reported(media_type: str, garbage: bytes) -> None:
    *entries, last = pack(COMPRESSORS[media_type](PLAIN) + garbage, media_type)

    assert len(entries) == 20
    assert (last.skip, last.size) == ("trailing_data", len(garbage.lstrip(b"\0")))


@pytest.mark.parametrize("media_type", FORMATS)
def test_zeros_after_a_complete_tar_are_padding(media_type: str) -> None:
    assert len(pack(COMPRESSORS[media_type](PLAIN) + bytes(1000), media_type)) == 20


@pytest.mark.parametrize("media_type", FORMATS)
@pytest.mark.parametrize("between", [0, 512, 3 * 1024**2])
def test_concatenated_tars_are_read_to_the_end(media_type: str, between: int) -> None:
    compress = COMPRESSORS[media_type]
    second = make_tar([("second.jpg", b"x" * 700)])

    within = pack(compress(PLAIN + bytes(between) + second), media_type)
    beside = pack(compress(PLAIN + bytes(between)) + compress(second), media_type)

    assert [entry.name for entry in within] == [entry.name for entry in beside]
    assert [entry.name for entry in within][19:] == ["19.jpg", "second.jpg"]


@pytest.mark.parametrize("media_type", FORMATS)
def test_an_empty_tar_has_no_entries_and_no_packs(media_type: str) -> None:
    store = PackStore()

    assert pack(COMPRESSORS[media_type](make_tar([])), media_type, store) == []
    assert store.objects == {}


@pytest.mark.parametrize("media_type", FORMATS)
def test_every_format_is_recognized_by_its_bytes(media_type: str) -> None:
    assert sniff(COMPRESSORS[media_type](PLAIN)[:SNIFF_BYTES]) == media_type
    assert media_type in COMPRESSED


@pytest.mark.parametrize("preset", [9, 9 | lzma.PRESET_EXTREME])
def test_the_highest_preset_of_xz_is_within_the_limits(preset: int) -> None:
    assert len(pack(lzma.compress(PLAIN, preset=preset), "application/x-xz")) == 20


@pytest.mark.parametrize("tar_format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_are_read_in_every_format(tar_format: int) -> None:
    name = "/".join(["a-rather-long-folder-name"] * 6) + "/a-picture-of-1912.jpg"
    content = gzip.compress(make_tar([(name, b"x")], tar_format))

    assert [entry.name for entry in pack(content, "application/gzip")] == [name]


def test_a_sparse_file_fails_alone() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        sparse = tarfile.TarInfo("sparse.jpg")
        sparse.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "9" * 13}
        archive.addfile(sparse)
        archive.addfile(tarfile.TarInfo("b.jpg"))

    entries = pack(buffer.getvalue(), "application/gzip")

    assert [entry.error and entry.error.code for entry in entries] == ["unsupported_method", None]
