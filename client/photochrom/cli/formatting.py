"""Sizes, durations and untrusted names, formatted for a terminal."""

from __future__ import annotations

import math

from photochrom.responses import Job


def single_line(text: str) -> str:
    """Escape everything unprintable: a file name must not be able to move the cursor or color the terminal."""
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def size(count: float) -> str:
    """Bytes in decimal units, with at most three digits before the point."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def duration(seconds: float) -> str:
    """`7.5 s`, `4 min 05 s`, `2 h 03 min`: two units at most."""
    if seconds < 59.5:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min"


def rough(value: float) -> str:
    """Three significant digits: `0.0768`, `1.23`, `1,180,000`."""
    digits = 2 - math.floor(math.log10(value)) if value > 0 else 0
    return f"{round(value, digits):,.{max(digits, 0)}f}"


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def counts_by_state(job: Job) -> str:
    """`9 ok, 6 failed, 6 skipped`; with the total while the job has more to do. Empty before its items are known.

    Never only the number of finished items: that would hide failures.
    """
    if job.items is None:
        return ""
    counts = job.counts
    parts = [f"{counts.succeeded:,} ok"]
    more = ("failed", "skipped", "expired", "canceled")
    parts += [f"{count:,} {state}" for state in more if (count := getattr(counts, state))]
    total = f" of {job.items:,}" if counts.pending else ""
    return ", ".join(parts) + total


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
