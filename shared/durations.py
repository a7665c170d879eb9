"""Durations as people write them: `90m`, `2h`, `30d`."""

import re
from datetime import timedelta

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"([1-9][0-9]{0,8})([smhdw])")
LONGEST_SECONDS = 36_500 * 86_400


def format_duration(duration: timedelta) -> str:
    """In the largest unit of which it is a whole number; weeks in days."""
    seconds = int(duration.total_seconds())
    unit = next(unit for unit in "dhms" if seconds % _UNITS[unit] == 0)
    return f"{seconds // _UNITS[unit]}{unit}"


def parse_duration(text: str) -> timedelta | None:
    """None unless it is a whole number and one of the units s, m, h, d and w, and at most a hundred years."""
    match = _DURATION.fullmatch(text)
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    return timedelta(seconds=seconds) if 0 < seconds <= LONGEST_SECONDS else None
