"""Zips that are cut off, damaged, forged, or not supported: refused with a code, as a whole or the one entry."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.archives.entries import ArchiveLimits
from shared.archives.errors import (
    ArchiveBomb,
    ArchiveCorrupt,
    ArchiveEncrypted,
    ArchiveError,
    ArchiveTruncated,
    ArchiveUnsupported,
)
from tests.shared.archives.making import Forged, forge_zip, index_zip, make_zip


@pytest.mark.parametrize("percent", range(100))
def test_a_zip_cut_off_anywhere_is_refused(percent: int) -> None:
    content = make_zip([(f"{number}.jpg", bytes([number]) * 100) for number in range(50)])

    with pytest.raises(ArchiveTruncated):
        index_zip(content[: len(content) * percent // 100])


@settings(max_examples=300)
@given(st.data())
def test_a_damaged_zip_is_either_refused_or_indexed(data: st.DataObject) -> None:
    content = bytearray(make_zip([(f"{number}.jpg", bytes(50)) for number in range(5)]))
    begin = content.index(b"PK\x01\x02")
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(begin, len(content) - 1))] = data.draw(st.integers(0, 255))

    try:
        entries = index_zip(bytes(content))
    except ArchiveError:
        return
    assert len(entries) <= 10


def test_claims_of_the_end_record_are_checked_before_memory_is_allocated() -> None:
    def forged(entries: int, size: int, offset: int) -> bytes:
        return bytes(138) + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, entries, entries, size, offset, 0)

    with pytest.raises(ArchiveBomb):
        index_zip(forged(0xFFFE, 0xFFFFFFFE, 0))
    with pytest.raises(ArchiveCorrupt):
        index_zip(forged(65_000, 100, 0))
    with pytest.raises(ArchiveCorrupt):
        index_zip(forged(1, 100, 100))
    with pytest.raises(ArchiveBomb):
        index_zip(make_zip([("a", b""), ("b", b""), ("c", b"")]), ArchiveLimits(max_entries=2))


def test_a_volume_of_a_split_archive_is_unsupported() -> None:
    content = bytearray(make_zip([("a.jpg", b"x")]))
    content[-18] = 1

    with pytest.raises(ArchiveUnsupported):
        index_zip(bytes(content))


def test_a_wrong_count_of_entries_is_corrupt() -> None:
    with pytest.raises(ArchiveCorrupt):
        index_zip(forge_zip([Forged(b"a.jpg"), Forged(b"b.jpg")], count=1))


def test_entries_that_share_their_bytes_are_a_bomb() -> None:
    kernel = Forged(b"0.jpg", b"\0" * 100_000, offset=0)
    copies = [Forged(b"%d.jpg" % n, crc=0, length=100_000, size=100_000, offset=0) for n in range(1, 50)]

    with pytest.raises(ArchiveBomb, match="overlap"):
        index_zip(forge_zip([kernel, *copies]))


def test_a_total_beyond_the_limit_is_a_bomb() -> None:
    with pytest.raises(ArchiveBomb):
        index_zip(make_zip([("a", b"x" * 600), ("b", b"x" * 600)]), ArchiveLimits(max_total_bytes=1000))


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (Forged(b"a.jpg", b"x", flags=0x1), "encrypted"),
        (Forged(b"a.jpg", b"x", method=99), "unsupported_method"),
        (Forged(b"a.jpg", b"x", method=12), "unsupported_method"),
        (Forged(b"a.jpg", b"x", offset=1 << 30), "corrupt_entry"),
        (Forged(b"a.jpg", b"x" * 9, size=8), "corrupt_entry"),
        (Forged(b"a.jpg", b"x" * 5_000_001, method=8), "entry_too_large"),
        (Forged(b"a.jpg", b"x" * 2_000_000, method=8), "entry_bomb"),
    ],
)
def test_an_error_of_one_entry_belongs_to_that_entry(entry: Forged, code: str) -> None:
    limits = ArchiveLimits(max_entry_bytes=5_000_000)

    bad, good = index_zip(forge_zip([entry, Forged(b"b.jpg", b"fine")]), limits)

    assert bad.error is not None
    assert (bad.error.code, good.error) == (code, None)


def test_an_encrypted_directory_is_an_error_of_the_archive() -> None:
    with pytest.raises(ArchiveEncrypted):
        index_zip(forge_zip([Forged(b"", flags=0x2001)]))
