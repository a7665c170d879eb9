"""Byte ranges: parsing the requested one (RFC 9110, §14), and locating it in a sequence of pieces. Pure functions."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from api.http.errors import RangeNotSatisfiable

# A single range; the cap on digits keeps int() fast. For several ranges we send the whole, which the RFC allows.
_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,100})-([0-9]{0,100})[ \t]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes from `start` up to but not including `stop`."""

    start: int
    stop: int

    @property
    def size(self) -> int:
        return self.stop - self.start

    def within(self, offset: int, size: int) -> "Span":
        """Its part within a piece of `size` bytes at `offset`, relative to the piece; possibly empty."""
        start = min(max(self.start - offset, 0), size)
        return Span(start, min(max(self.stop - offset, start), size))


def pieces_within(edges: Sequence[int], span: Span) -> range:
    """The numbers of the pieces that overlap a span. Piece `n` lies between `edges[n]` and `edges[n + 1]`."""
    start, stop = max(span.start, edges[0]), min(span.stop, edges[-1])
    return range(bisect_right(edges, start) - 1, bisect_left(edges, stop)) if start < stop else range(0)


def requested_span(header: str | None, size: int) -> Span | None:
    """The requested part of `size` bytes; None: the whole. Raises RangeNotSatisfiable.

    A `Range` header that is malformed, has another unit or several ranges is ignored, as RFC 9110 says.
    """
    match = _RANGE.fullmatch(header.strip()) if header else None
    first, last = match.groups() if match else ("", "")
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
