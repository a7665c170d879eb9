"""Entries get their names: held until the encoding is known, in bounded memory, and always the same."""

from functools import partial

import pytest

from shared.archives.encodings import NAME_ENCODINGS, codec_of
from shared.archives.naming import MOST_HELD
from shared.archives.tar_index import tar_entries
from tests.fixtures.memory import with_peak
from tests.shared.archives.making import END_OF_TAR, Forged, count_entries, forge_zip, index_tar, index_zip, tar_header


def zip_of(*names: bytes, flags: int = 0) -> bytes:
    return forge_zip(Forged(name, b"x", flags=flags) for name in names)


def names_of(*names: bytes, name_encoding: str | None = None) -> list[str]:
    return [entry.name for entry in index_zip(zip_of(*names), name_encoding=name_encoding)]


JAPANESE = ["写真表.jpg", "予約表/駅.jpg", "ソ.jpg"]
STORED = [name.encode("cp932") for name in JAPANESE]


def test_the_stored_bytes_are_kept_unless_the_name_is_these_in_utf8() -> None:
    ascii_name, utf8, japanese = index_zip(zip_of(b"a.jpg", "é.jpg".encode(), *STORED[:1]))

    assert (ascii_name.name_bytes, utf8.name_bytes) == (None, None)
    assert (japanese.name, japanese.name_bytes) == (JAPANESE[0], STORED[0])


def test_names_before_and_after_those_that_decide_are_decoded_like_them() -> None:
    many = [b"%d.jpg" % number for number in range(2 * MOST_HELD)]

    entries = index_zip(zip_of(STORED[2], *many, *STORED))

    assert [entry.name for entry in entries][:2] == ["ソ.jpg", "0.jpg"]
    assert [entry.name for entry in entries][-3:] == JAPANESE
    assert [entry.index for entry in entries] == list(range(2 * MOST_HELD + 4))


def test_a_name_that_is_utf8_by_chance_is_decoded_like_the_others() -> None:
    korean = [name.encode("cp949") for name in ("회.jpg", "서울역.jpg", "결혼식.jpg")]
    assert korean[0].decode() == "ȸ.jpg"

    assert names_of(*korean) == ["회.jpg", "서울역.jpg", "결혼식.jpg"]
    assert names_of(korean[0]) == ["ȸ.jpg"]
    assert names_of(korean[0], name_encoding="cp949") == ["회.jpg"]


def test_one_old_name_among_many_in_utf8_does_not_change_them() -> None:
    utf8 = ["Größe.jpg", "São.jpg", "Été.jpg", "Łódź.jpg", "港.jpg"]

    assert names_of(*[name.encode() for name in utf8], *STORED[:1]) == [*utf8, JAPANESE[0]]


def test_an_encoding_can_be_given() -> None:
    assert names_of("Ärger.jpg".encode("mac_roman"), name_encoding="mac_roman") == ["Ärger.jpg"]
    # What is not in this encoding is decoded as ever.
    assert names_of(b"Gr\x94\xe1e.jpg", name_encoding="euc_jp") == ["Größe.jpg"]


def test_half_a_character_never_becomes_a_separator() -> None:
    unreadable = index_zip(zip_of(b"\xff\\.jpg", b"\xff\xff\\", b"\xff\\\\.jpg"))

    assert [entry.skip for entry in unreadable] == [None, None, "hidden_file"]


def test_an_encoding_that_was_taken_for_another_hides_nothing() -> None:
    [entry] = index_zip(zip_of("ソ.jpg".encode("cp932")), name_encoding="cp437")

    assert (entry.name, entry.skip, entry.name_bytes) == ("â_.jpg", None, b"\x83\\.jpg")


def test_a_backslash_that_is_one_separates_folders() -> None:
    entries = index_zip(zip_of("Malmö\\a.jpg".encode("cp437"), "Malmö\\Thumbs.db".encode("cp437")))

    assert [(entry.name, entry.skip) for entry in entries] == [
        ("Malmö\\a.jpg", None),
        ("Malmö\\Thumbs.db", "system_file"),
    ]


@pytest.mark.parametrize("length", range(1020, 1030))
def test_a_name_that_is_cut_within_a_character_loses_only_that(length: int) -> None:
    stored = "写真".encode("cp932") * 600

    [entry] = index_zip(zip_of(stored[:length]))

    assert entry.name == ("写真" * 600)[: len(entry.name)]
    assert len(entry.name.encode()) <= 1024


def test_names_in_a_pax_header_that_are_not_utf8_are_decoded_too() -> None:
    content = b"".join(tar_header(name) for name in STORED) + END_OF_TAR

    assert [entry.name for entry in index_tar(content)] == JAPANESE


def test_held_entries_are_bounded() -> None:
    content = b"".join(tar_header(f"{number}ü.jpg".encode()) for number in range(30_000)) + END_OF_TAR

    count, peak = with_peak(partial(count_entries, tar_entries), content)

    assert count == 30_000
    assert peak < 6 * 1024**2


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("cp932", "cp932"),
        ("Shift_JIS", "cp932"),
        ("shift-jis", "cp932"),
        ("GBK", "gb18030"),
        ("EUC-KR", "cp949"),
        ("big5", "cp950"),
        ("ISO-8859-1", "iso8859-1"),
        ("windows-1252", "cp1252"),
        ("866", "cp866"),
        ("KOI8-R", "koi8-r"),
        ("utf-16", None),
        ("hex", None),
        ("rot13", None),
        ("idna", None),
        ("no such encoding", None),
        ("a\0b", None),
        ("ü", None),
    ],
)
def test_encodings_are_known_by_their_usual_names(name: str, codec: str | None) -> None:
    assert codec_of(name) == codec


@pytest.mark.parametrize("name", NAME_ENCODINGS)
def test_every_encoding_on_offer_is_one(name: str) -> None:
    codec = codec_of(name)

    assert codec is not None
    assert b"a.jpg".decode(codec) == "a.jpg"
