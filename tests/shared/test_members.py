"""Names of results."""

import pytest

from shared.members import is_renamed, result_member


@pytest.mark.parametrize(
    ("member", "media_type", "result"),
    [
        ("a/b.JPG", "image/jpeg", "a/b.JPG"),
        ("a/b.jpeg", "image/jpeg", "a/b.jpeg"),
        ("a/b.jpg", "image/png", "a/b.png"),
        ("a/b.tif", "image/tiff", "a/b.tif"),
        ("a/scan.1912", "image/jpeg", "a/scan.1912.jpg"),
        ("a/scan", "image/webp", "a/scan.webp"),
    ],
)
def test_a_result_has_the_extension_of_what_it_is(member: str, media_type: str, result: str) -> None:
    assert result_member(member, media_type) == result


@pytest.mark.parametrize(
    ("name", "member", "renamed"),
    [
        ("a/b.jpg", "a/b.jpg", False),
        ("./a/b.jpg", "a/b.jpg", False),
        ("a\\b.jpg", "a/b.jpg", False),
        ("a/b.jpg", "a/b.png", False),
        ("u\u0308ber.jpg", "\u00fcber.jpg", False),
        ("x.jpg", "x~1.jpg", True),
        ("a:b.jpg", "a_b.jpg", True),
        ("../b.jpg", "b.jpg", True),
    ],
)
def test_a_member_that_is_not_the_name_is_renamed(name: str, member: str, renamed: bool) -> None:
    assert is_renamed(name, member) is renamed
