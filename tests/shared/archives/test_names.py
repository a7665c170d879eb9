"""Every name becomes a safe path, and no two paths are the same."""

import unicodedata
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.archives.names import MemberNames, cap_name, decode_name, with_extension

HOSTILE = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=80),
    st.lists(
        st.sampled_from(["a", "A", "b", "..", ".", "/", "\\", ".jpg", ".PNG", "~1", "C:", "\0", " ", "ä", "ä"])
    ).map("".join),
)


def comparable(member: str) -> str:
    return unicodedata.normalize("NFC", member.casefold())


@given(st.lists(HOSTILE, max_size=40))
def test_members_are_safe_paths_and_unique_even_in_one_format(names: list[str]) -> None:
    assigner = MemberNames()

    members = [assigner.assign(name, index) for index, name in enumerate(names)]

    for member in members:
        path = PurePosixPath(member)
        assert not path.is_absolute()
        assert str(path) == member
        assert not {"..", ".", ""} & set(path.parts)
        assert not any(character in '\\<>:"|?*\x7f' or ord(character) < 32 for character in member)
        assert len(member.encode()) <= 1024
    as_png = [comparable(with_extension(member, ".png")) for member in members]
    assert len(set(as_png)) == len(names)


@given(st.lists(HOSTILE, max_size=40))
def test_no_path_is_a_folder_of_another(names: list[str]) -> None:
    assigner = MemberNames()

    finished = [with_extension(assigner.assign(name, index), ".jpg") for index, name in enumerate(names)]

    folders = {comparable(str(folder)) for member in finished for folder in PurePosixPath(member).parents}
    assert not folders & {comparable(member) for member in finished}


@given(st.lists(HOSTILE, max_size=20))
def test_the_same_names_get_the_same_members(names: list[str]) -> None:
    first, second = MemberNames(), MemberNames()

    for index, name in enumerate(names):
        assert first.assign(name, index) == second.assign(name, index)


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("1912/harbor/ship.jpg", "1912/harbor/ship.jpg"),
        ("../../etc/passwd.jpg", "etc/passwd.jpg"),
        ("/absolute.jpg", "absolute.jpg"),
        ("C:\\scans\\a.jpg", "scans/a.jpg"),
        ("a/./b//c.jpg", "a/b/c.jpg"),
        ("what? <is> this*.jpg", "what_ _is_ this_.jpg"),
        ("trailing. .jpg", "trailing.jpg"),
        ("aux.jpg", "_aux.jpg"),
        (".jpg", ".jpg"),
        ("", "unnamed"),
        ("..", "unnamed"),
        ("album.jpg/a.jpg", "album.jpg_/a.jpg"),
        ("a\0b\n.jpg", "a_b_.jpg"),
    ],
)
def test_a_name_becomes_a_safe_path(name: str, member: str) -> None:
    assert MemberNames().assign(name, 7) == member


def test_a_name_that_was_taken_gets_the_index() -> None:
    names = MemberNames()

    given_names = ["a.jpg", "A.JPG", "a.png", "a~4.jpg", "a.jpg"]

    assert [names.assign(name, index) for index, name in enumerate(given_names)] == [
        "a.jpg",
        "A~1.JPG",
        "a~2.png",
        "a~4.jpg",
        "a~4~4.jpg",
    ]


@pytest.mark.parametrize(
    ("member", "converted"),
    [
        ("a.jpg", "a.png"),
        ("a.JPEG", "a.png"),
        ("scan.1912", "scan.1912.png"),
        ("folder.jpg_/scan", "folder.jpg_/scan.png"),
        (".jpg", ".jpg.png"),
    ],
)
def test_only_the_extension_of_a_picture_format_is_replaced(member: str, converted: str) -> None:
    assert with_extension(member, ".png") == converted


@given(st.text(), st.integers(4, 64))
def test_a_capped_name_is_the_beginning_and_valid(name: str, limit: int) -> None:
    capped = cap_name(name, limit)

    assert len(capped.encode()) <= limit
    assert name.encode("utf-8", "replace").startswith(capped.encode())


@given(st.binary(max_size=3000))
def test_any_bytes_decode_to_a_name_that_can_be_stored(raw: bytes) -> None:
    assert len(decode_name(raw, fallback="cp437").encode()) <= 1024
