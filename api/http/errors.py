"""Errors of the request itself, whatever the route. `problems.py` maps them, and those of the nouns, to statuses."""

from shared.errors import Invalid, PhotochromError


class DownloadCut(Exception):
    """The rest of a download could not be read. Its answer has begun, so all that is left is to cut the connection."""

    def __init__(self, reason: PhotochromError) -> None:
        super().__init__(reason.detail)
        self.reason = reason


class InvalidRequest(Invalid):
    """A parameter, header, form field or JSON value is invalid; `errors` names each of them."""

    code = "invalid_request"

    def __init__(self, detail: str, errors: list[dict[str, str]] | None = None) -> None:
        """`errors` has an entry for each: `{"parameter": …, "detail": …}`, or a `pointer` into a JSON body."""
        super().__init__(detail)
        self.errors = errors or []


class InvalidCursor(InvalidRequest):
    """`after` is not a cursor of this list."""

    code = "invalid_cursor"


class UnsupportedMedia(PhotochromError):
    """The body is neither a supported picture nor a supported archive; the detail says what it looks like."""

    code = "unsupported_media"


class BodyIncomplete(PhotochromError):
    """The body ended early. Nothing of it was kept."""

    code = "body_incomplete"


class NotAcceptable(PhotochromError):
    """With `Prefer: wait`: `Accept` allows neither the picture's type nor JSON."""

    code = "not_acceptable"


class PartialBody(PhotochromError):
    """The body has a Content-Range: it is only a part of a file."""

    code = "partial_body"


class EncodedBody(UnsupportedMedia):
    """The body has a Content-Encoding."""

    code = "unsupported_encoding"


class BodyTooLarge(PhotochromError):
    """The body exceeds the limit."""

    code = "body_too_large"


class BodyTooSlow(PhotochromError):
    """The body stalled, or arrived more slowly than the minimum rate."""

    code = "body_too_slow"


class RangeNotSatisfiable(PhotochromError):
    """`Range` starts beyond the last byte."""

    code = "range_not_satisfiable"

    def __init__(self, size: int) -> None:
        super().__init__(f"The content has {size} bytes; the range starts beyond them.")
        self.size = size
