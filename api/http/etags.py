"""ETags: whether a client already has the current version (RFC 9110, §13.1.2)."""

import re

_TAG = re.compile(r'(?:W/)?"([^"]*)"')


def has_current(if_none_match: str | None, tag: str) -> bool:
    """Whether `If-None-Match` lists `tag` (without quotes). Weak and strong tags count as equal."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag in _TAG.findall(if_none_match)
