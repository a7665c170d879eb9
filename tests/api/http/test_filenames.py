"""Names of files in headers: any name gives a valid header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.filenames import content_disposition


@given(st.text(max_size=80))
def test_any_name_gives_a_header_of_printable_ascii(name: str) -> None:
    header = content_disposition(name)

    assert header.isascii()
    assert header.isprintable()
    assert header.startswith('attachment; filename="')


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a b.jpg", 'attachment; filename="a b.jpg"'),
        ("Bär.jpg", "attachment; filename=\"B?r.jpg\"; filename*=UTF-8''B%C3%A4r.jpg"),
        ('a"b.jpg', "attachment; filename=\"a_b.jpg\"; filename*=UTF-8''a%22b.jpg"),
        ("100%.jpg", "attachment; filename=\"100_.jpg\"; filename*=UTF-8''100%25.jpg"),
        ("a\r\nX: y", 'attachment; filename="a__X: y"'),
        ("", 'attachment; filename="unnamed"'),
    ],
)
def test_a_name_beyond_ascii_is_sent_in_both_forms(name: str, header: str) -> None:
    assert content_disposition(name) == header
