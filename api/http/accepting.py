"""`Accept`: which media types a client wants (RFC 9110, §12.5.1)."""

import re
from collections.abc import Iterator

from starlette.datastructures import Headers

_RANGE = re.compile(r"([a-z0-9!#$&^_.+-]+|\*)/([a-z0-9!#$&^_.+-]+|\*)")
_ALIASES = {"image/jpg": "image/jpeg", "image/tif": "image/tiff"}
_WEIGHT = re.compile(r"q=([01](?:\.\d{0,3})?)")


def is_acceptable(headers: Headers, media_type: str) -> bool:
    """Whether `Accept` allows this type: the most specific range decides (RFC 9110, §12.5.1)."""
    weights = dict(accepted(headers))
    ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
    return next((weights[each] > 0 for each in ranges if each in weights), not weights)


def accepted(headers: Headers) -> Iterator[tuple[str, float]]:
    """Media ranges and their weights. What is malformed is left out."""
    for entry in ",".join(headers.getlist("accept")).lower().split(","):
        media_range, *parameters = (part.strip() for part in entry.split(";"))
        if _RANGE.fullmatch(media_range):
            weights = [match[1] for parameter in parameters if (match := _WEIGHT.fullmatch(parameter))]
            yield _ALIASES.get(media_range, media_range), float(weights[0]) if weights else 1.0
