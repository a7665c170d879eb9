"""Names of results."""

import pytest

from shared.members import result_member


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
