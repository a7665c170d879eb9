"""How a client would like its submit answered: `Prefer: wait=N` (RFC 7240), and an explicit `Accept: image/…`."""

import re

from starlette.datastructures import Headers

LONGEST_WAIT_SECONDS = 30

_WAIT = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,9})\"?\s*(?=$|[,;])", re.IGNORECASE)
_ZERO = re.compile(r"q=0(\.0*)?")


def wait_seconds(headers: Headers) -> int | None:
    """How long to hold the answer, at most 30 s. None: not at all; what cannot be read is ignored, as a preference."""
    stated = _WAIT.search(",".join(headers.getlist("prefer")))
    return min(int(stated[1]), LONGEST_WAIT_SECONDS) if stated else None


def wants_picture(headers: Headers) -> bool:
    """Whether a picture itself is asked for by name: `*/*`, which nearly every client sends, does not do that."""
    ranges = ",".join(headers.getlist("accept")).lower().split(",")
    for media_type, *parameters in (entry.split(";") for entry in ranges):
        refused = any(_ZERO.fullmatch(parameter.strip()) for parameter in parameters)
        if media_type.strip().startswith("image/") and not refused:
            return True
    return False
