"""How fast something progresses, once that can be known."""

from __future__ import annotations

import time

SHORTEST_SPAN_SECONDS = 0.5


class Pace:
    """The average rate since the first measurement."""

    def __init__(self) -> None:
        self._first: tuple[float, float] | None = None

    def rate(self, done: float) -> float | None:
        """Units per second. None while the time span is too short for a rate: it would be a random number."""
        now = time.monotonic()
        if self._first is None:
            self._first = (now, done)
        started_at, done_before = self._first
        elapsed = now - started_at
        return (done - done_before) / elapsed if elapsed >= SHORTEST_SPAN_SECONDS else None
