"""How the client wants a submission answered: `Prefer: wait=N` (RFC 7240), and an explicit `Accept: image/…`."""

import re

from starlette.datastructures import Headers

from api.http.accepting import accepted

MAX_WAIT_SECONDS = 30

_WAIT = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,9})\"?\s*(?=$|[,;])", re.IGNORECASE)


def wait_seconds(headers: Headers) -> int | None:
    """How long to hold the answer, at most 30 s. None: not at all. Malformed preferences are ignored (RFC 7240, §2)."""
    match = _WAIT.search(",".join(headers.getlist("prefer")))
    return min(int(match[1]), MAX_WAIT_SECONDS) if match else None


def wants_picture(headers: Headers) -> bool:
    """Whether an image type is accepted by name. `*/*` does not count: nearly every client sends it."""
    return any(media_range.startswith("image/") and weight > 0 for media_range, weight in accepted(headers))
