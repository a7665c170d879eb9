"""How numbers, times and foreign names are written for people."""

from __future__ import annotations

import math


def one_line(text: str) -> str:
    """`text` with everything unprintable escaped: a file's name must not move the cursor or color the terminal."""
    return "".join(each if each.isprintable() else _escaped(each) for each in text)


def size(count: float) -> str:
    """Bytes in decimal units, three digits at most before the point."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def duration(seconds: float) -> str:
    """`7.5 s`, `4 min 05 s`, `2 h 03 min`: as exact as it matters."""
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min"


def rough(value: float) -> str:
    """Three digits that count: `0.0768`, `1.23`, `1,180,000`."""
    digits = 2 - math.floor(math.log10(value)) if value > 0 else 0
    return f"{round(value, digits):,.{max(digits, 0)}f}"


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
