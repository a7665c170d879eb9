"""Names, validators and preferences in headers: what is written survives anything, what is read is read with care."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from api.http.etags import has_current
from api.http.filenames import content_disposition
from api.submission.preferences import wait_seconds, wants_picture
from shared.members import result_member


@given(st.text(max_size=80))
def test_any_name_makes_a_header_of_printable_ascii(name: str) -> None:
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
def test_a_name_is_said_twice_where_ascii_cannot_say_it(name: str, header: str) -> None:
    assert content_disposition(name) == header


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
    ("if_none_match", "current"),
    [
        (None, False),
        ('"7"', True),
        ('W/"7"', True),
        ('"6", "7"', True),
        ("*", True),
        ('"77"', False),
        ("7", False),
    ],
)
def test_an_etag_is_recognized(if_none_match: str | None, current: bool) -> None:
    assert has_current(if_none_match, "7") is current


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ("wait=10", 10),
        ("Wait = 10", 10),
        ('wait="10"', 10),
        ("respond-async, wait=10; foo", 10),
        ("wait=100", 30),
        ("wait=0", 0),
        ("wait=-1", None),
        ("wait", None),
        ("await=10", None),
        ("respond-async", None),
    ],
)
def test_a_wait_is_read_out_of_the_preferences(prefer: str, seconds: int | None) -> None:
    assert wait_seconds(Headers({"prefer": prefer})) == seconds


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("image/*", True),
        ("application/json, image/png;q=0.5", True),
        ("IMAGE/PNG", True),
        ("image/png;q=0.0", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_a_picture_is_wanted_where_it_is_named(accept: str, wanted: bool) -> None:
    assert wants_picture(Headers({"accept": accept})) is wanted
