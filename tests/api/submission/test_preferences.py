"""`Prefer: wait=N` and `Accept: image/…`."""

import pytest
from starlette.datastructures import Headers

from api.http.accepting import is_acceptable
from api.submission.preferences import wait_seconds, wants_picture


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
def test_wait_is_parsed_from_the_preferences(prefer: str, seconds: int | None) -> None:
    assert wait_seconds(Headers({"prefer": prefer})) == seconds


@pytest.mark.parametrize(
    ("accept", "requested"),
    [
        ("image/*", True),
        ("application/json, image/png;q=0.5", True),
        ("IMAGE/PNG", True),
        ("image/png;q=0.0", False),
        ("*/*", False),
        ("", False),
    ],
)
def test_only_an_image_type_by_name_requests_the_picture(accept: str, requested: bool) -> None:
    assert wants_picture(Headers({"accept": accept})) is requested


@pytest.mark.parametrize(
    ("accept", "media_type", "acceptable"),
    [
        ("image/png", "image/png", True),
        ("image/png", "image/jpeg", False),
        ("image/*", "image/jpeg", True),
        ("image/*, image/jpeg;q=0", "image/jpeg", False),
        ("image/png, */*;q=0.1", "image/jpeg", True),
        ("image/png, application/json", "application/json", True),
        ("image/png", "application/json", False),
        ("image/jpg", "image/jpeg", True),
        ("", "image/jpeg", True),
        ("nonsense", "image/jpeg", True),
    ],
)
def test_the_most_specific_range_decides(accept: str, media_type: str, acceptable: bool) -> None:
    assert is_acceptable(Headers({"accept": accept}), media_type) is acceptable
