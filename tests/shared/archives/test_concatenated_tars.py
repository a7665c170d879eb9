"""`cat a.tar b.tar > both.tar`: all entries of all tars, and a word about what follows and is none."""

import pytest

from shared.archives.errors import ArchiveTruncated
from tests.shared.archives.making import index_tar, make_tar, padded, tar_header

FIRST = make_tar([("a.jpg", b"a")])
SECOND = make_tar([("b.jpg", b"b" * 600), ("c.jpg", b"c")])


def names_of(content: bytes) -> list[str]:
    return [entry.name for entry in index_tar(content)]


@pytest.mark.parametrize("blocks", [0, 1, 19, 1000])
def test_entries_of_all_tars_are_read_whatever_zeros_are_between(blocks: int) -> None:
    entries = index_tar(FIRST + bytes(512 * blocks) + SECOND + FIRST + bytes(5))

    assert [(entry.index, entry.name) for entry in entries] == [(0, "a.jpg"), (1, "b.jpg"), (2, "c.jpg"), (3, "a.jpg")]
    content = FIRST + bytes(512 * blocks) + SECOND
    assert content[entries[1].offset :][: entries[1].size] == b"b" * 600


@pytest.mark.parametrize("rest", [b"x", b"PK\3\4" + bytes(2000), b"\xff" * 100_000, bytes(512) + b"text"])
def test_what_follows_and_is_no_tar_is_skipped_with_its_size(rest: bytes) -> None:
    *_, last = index_tar(FIRST + rest)

    assert (last.index, last.skip, last.size) == (1, "trailing_data", len(rest.removeprefix(bytes(512))))


def test_a_global_header_ends_with_its_tar() -> None:
    record = b"14 path=x.jpg\n"
    headed = tar_header(b"pax", size=b"%o" % len(record), kind=b"g") + padded(record) + FIRST

    assert names_of(headed + SECOND) == ["x.jpg", "b.jpg", "c.jpg"]


def test_a_second_tar_that_is_cut_off_is_truncated() -> None:
    with pytest.raises(ArchiveTruncated):
        index_tar(FIRST + SECOND[:700])
