"""Headers of answers and the bytes of downloads, as `/openapi.json` documents them."""

from collections.abc import Sequence
from typing import Any

_TEXT = {"type": "string"}
_BOOLEAN = {"type": "string", "enum": ["true", "false"]}
_SECONDS = {"type": "integer", "minimum": 0}

HEADERS: dict[str, tuple[str, dict[str, Any]]] = {
    "Accept-Encoding": ("encodings of a body that are supported", _TEXT),
    "Accept-Ranges": ("whether `Range` is supported", {"type": "string", "enum": ["bytes", "none"]}),
    "Cache-Control": ("whether the answer may be stored", _TEXT),
    "Content-Disposition": ("the file's name", _TEXT),
    "Content-Length": ("the number of bytes that follow", {"type": "integer", "minimum": 0}),
    "Content-Location": ("the path of the picture", _TEXT),
    "Content-Range": ("which of the bytes follow, or how many there are", _TEXT),
    "ETag": ("the version, for `If-None-Match`", {"type": "string", "pattern": '^"[^"]*"$'}),
    "Idempotency-Replayed": ("present if an earlier request created the job", {"type": "string", "enum": ["true"]}),
    "Location": ("the path of what was created, or the URL to follow", _TEXT),
    "Preference-Applied": ("the part of `Prefer` that was honored", _TEXT),
    "Report-Complete": (
        "whether the job had ended, so that no line will change",
        {"type": "string", "enum": ["true", "false"]},
    ),
    "Retry-After": ("when to ask again, in seconds", _SECONDS),
    "RateLimit": ("the key's requests that are left in this window, and when it ends", _TEXT),
    "RateLimit-Policy": ("the requests that the key may make in a window", _TEXT),
    "Set-Cookie": ("begins or ends the session", _TEXT),
    "WWW-Authenticate": ("how to authenticate", _TEXT),
    "X-Content-Type-Options": ("always `nosniff`", {"type": "string", "enum": ["nosniff"]}),
    "X-Request-Id": ("the request's own, if it was valid, or a new one; the gateway's log has it, too", _TEXT),
}


def headers(*always: str, sometimes: Sequence[str] = ()) -> dict[str, Any]:
    """The `headers` of a documented answer."""
    return {
        name: {"description": HEADERS[name][0], "schema": HEADERS[name][1], "required": name in always}
        for name in (*always, *sometimes)
    }


DOWNLOAD_HEADERS = headers("Content-Disposition", "X-Content-Type-Options")
RANGE_HEADERS = DOWNLOAD_HEADERS | headers("ETag", "Accept-Ranges", "Content-Length")


def binary(*media_types: str) -> dict[str, Any]:
    """The `content` of a documented download. Generators of clients know one type of bytes, so it is listed as well."""
    schema = {"schema": {"type": "string", "format": "binary"}}
    return dict.fromkeys([*media_types, "application/octet-stream"], schema)
