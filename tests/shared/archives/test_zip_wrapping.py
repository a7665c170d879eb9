"""Zips whose offsets wrapped at 4 GiB; what only looks like one gains nothing by it."""

import asyncio

import pytest

from shared.archives.entries import Entry
from shared.archives.errors import ArchiveBomb, ArchiveUnsupported
from shared.archives.zip_index import zip_entries
from tests.cases.zips import GiB, SparseZip, of_films
from tests.shared.archives.making import collect, make_zip


def index(archive: SparseZip) -> list[Entry]:
    return asyncio.run(collect(zip_entries(archive)))


def behind(prefix: int, content: bytes) -> SparseZip:
    """A zip behind so many bytes that are not its own."""
    archive = SparseZip()
    archive.size = prefix
    archive._append(content)
    return archive


def test_offsets_and_lengths_are_the_true_ones() -> None:
    entries = index(of_films(3 * GiB, 5 * GiB, 2 * GiB))

    films = [entry for entry in entries if entry.name.endswith(".mov")]
    assert [entry.length for entry in films] == [3 * GiB, 5 * GiB, 2 * GiB]
    assert [entry.offset // GiB for entry in entries] == [0, 0, 3, 3, 8, 8, 10]


def test_a_zip_behind_a_prefix_of_gigabytes_is_read_as_before() -> None:
    content = make_zip([("a.jpg", b"a"), ("b.jpg", b"b" * 100)])

    entries = index(behind(4 * GiB, content))
    beyond = index(behind(5 * GiB + 7, content))

    assert [entry.offset - 4 * GiB for entry in entries] == [entry.offset - 5 * GiB - 7 for entry in beyond]
    assert [entry.error for entry in entries + beyond] == [None] * 4


def test_entries_that_share_their_bytes_are_a_bomb_here_too() -> None:
    archive = SparseZip()
    archive.picture(b"a.jpg", b"a" * 100)
    archive.size += 4 * GiB
    begin = 0
    for number in range(3):
        archive._finish(b"%d.mov" % number, 0, begin, 0, 3 * GiB, 3 * GiB)

    with pytest.raises(ArchiveBomb):
        index(archive.finish())


def test_headers_are_not_looked_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.archives.zip_wrapping._MOST_PROBES", 20)
    archive = SparseZip()
    archive.picture(b"a.jpg", b"a")
    for number in range(30):
        begin = archive.size
        archive._append(bytes(50))
        archive._finish(b"%d.jpg" % number, 0, begin, 0, 1, 1)
    archive.size += 9 * GiB

    with pytest.raises(ArchiveUnsupported):
        index(archive.finish())


def test_an_entry_without_a_header_does_not_move_the_others() -> None:
    whole, damaged = of_films(5 * GiB, 600 << 20), of_films(5 * GiB, 600 << 20)
    damaged._segments = [
        (begin, b"PK\0\0" + segment[4:] if segment.startswith(b"PK\3\4") and b"after0" in segment else segment)
        for begin, segment in damaged._segments
    ]

    assert [entry.offset for entry in index(damaged)][3:] == [entry.offset for entry in index(whole)][3:]
