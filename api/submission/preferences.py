"""How the client wants a submission answered: `Prefer: wait=N` (RFC 7240), and an explicit `Accept: image/…`."""

import re
from collections.abc import Iterator

from starlette.datastructures import Headers

MAX_WAIT_SECONDS = 30

_WAIT = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,9})\"?\s*(?=$|[,;])", re.IGNORECASE)
_RANGE = re.compile(r"([a-z0-9!#$&^_.+-]+|\*)/([a-z0-9!#$&^_.+-]+|\*)")
_ALIASES = {"image/jpg": "image/jpeg", "image/tif": "image/tiff"}
_WEIGHT = re.compile(r"q=([01](?:\.\d{0,3})?)")


def wait_seconds(headers: Headers) -> int | None:
    """How long to hold the answer, at most 30 s. None: not at all. Malformed preferences are ignored (RFC 7240, §2)."""
    match = _WAIT.search(",".join(headers.getlist("prefer")))
    return min(int(match[1]), MAX_WAIT_SECONDS) if match else None


def wants_picture(headers: Headers) -> bool:
    """Whether an image type is accepted by name. `*/*` does not count: nearly every client sends it."""
    return any(media_range.startswith("image/") and weight > 0 for media_range, weight in _accepted(headers))


def is_acceptable(headers: Headers, media_type: str) -> bool:
    """Whether `Accept` allows this type: the most specific range decides (RFC 9110, §12.5.1)."""
    weights = dict(_accepted(headers))
    ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((weights[each] > 0 for each in ranges if each in weights), not weights)


def _accepted(headers: Headers) -> Iterator[tuple[str, float]]:
    """Media ranges and their weights. What is malformed is left out."""
    for entry in ",".join(headers.getlist("accept")).lower().split(","):
        media_range, *parameters = (part.strip() for part in entry.split(";"))
        if _RANGE.fullmatch(media_range):
            weights = [match[1] for parameter in parameters if (match := _WEIGHT.fullmatch(parameter))]
            yield _ALIASES.get(media_range, media_range), float(weights[0]) if weights else 1.0
