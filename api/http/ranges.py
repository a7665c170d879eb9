"""Ranges of bytes: which one a client asks for (RFC 9110, §14), and where it falls in what is made of pieces. Pure."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from api.http.errors import RangeNotSatisfiable

# One range, in digits that nobody can make us count for long. Of several the client gets the whole, as it may.
_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,100})-([0-9]{0,100})[ \t]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes from `start` up to, but not including, `stop`."""

    start: int
    stop: int

    @property
    def size(self) -> int:
        return self.stop - self.start

    def within(self, offset: int, size: int) -> "Span":
        """What of it lies in a piece of `size` bytes at `offset`, counted from its beginning; maybe nothing."""
        start = min(max(self.start - offset, 0), size)
        return Span(start, min(max(self.stop - offset, start), size))


def pieces_within(edges: Sequence[int], span: Span) -> range:
    """The numbers of the pieces that have bytes in a span, piece `n` lying between `edges[n]` and `edges[n + 1]`."""
    start, stop = max(span.start, edges[0]), min(span.stop, edges[-1])
    return range(bisect_right(edges, start) - 1, bisect_left(edges, stop)) if start < stop else range(0)


def requested_span(header: str | None, size: int) -> Span | None:
    """The part of `size` bytes that a `Range` header asks for; None: the whole. Raises RangeNotSatisfiable.

    As RFC 9110 has it, a header that is malformed, of another unit or for several ranges counts as none.
    """
    found = _RANGE.fullmatch(header.strip()) if header else None
    first, last = found.groups() if found else ("", "")
    if not first and not last:
        return None
    if not first:
        span = Span(max(size - int(last), 0), size)
    elif last and int(last) < int(first):
        return None
    else:
        span = Span(int(first), min(int(last) + 1, size) if last else size)
    if span.start >= size:
        raise RangeNotSatisfiable(size)
    return span
