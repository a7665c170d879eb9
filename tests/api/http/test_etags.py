"""Comparing `If-None-Match` with the current ETag."""

import pytest

from api.http.etags import has_current


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
