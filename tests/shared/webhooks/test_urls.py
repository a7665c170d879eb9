"""URLs of webhooks: one reading, and nothing that two parsers could read differently."""

import pytest

from shared.webhooks.urls import Target


@pytest.mark.parametrize(
    ("url", "authority", "path"),
    [
        ("https://archive.example", "archive.example", "/"),
        ("http://Archive.Example./hook?token=a%20b", "archive.example", "/hook?token=a%20b"),
        ("https://archive.example:8443/a/b;c=1", "archive.example:8443", "/a/b;c=1"),
        ("http://archive.example:80?x", "archive.example", "/?x"),
        ("http://[2606:4700::1111]:8080/", "[2606:4700::1111]:8080", "/"),
    ],
)
def test_a_url_is_taken_apart(url: str, authority: str, path: str) -> None:
    target = Target.of(url)

    assert (target.authority, target.path) == (authority, path)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://archive.example/",
        "//archive.example/",
        "https:///hook",
        "https://user:secret@archive.example/",
        "https://archive.example@127.0.0.1/",
        "https://127.0.0.1\\@archive.example/",
        "https://archive.example/#fragment",
        "https://archive.example:0/",
        "https://archive.example:65536/",
        "https://archive.example:/",
        "https://münchen.example/",
        "https://archive.example/a b",
        "https://archive.example/a\r\nhost: other",
        "https://archive.example/\n",
        "https://[::1/",
        "https://archive.example/" + "a" * 2048,
        "",
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="write http:// or https://, a host, and a path"):
        Target.of(url)


def test_the_query_is_not_shown() -> None:
    assert Target.of("https://archive.example/hook?token=secret").shown == "https://archive.example/hook?…"
