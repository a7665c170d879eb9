"""A selection of a job's items in a URL: their indexes and spans of them, as in `0-4,7,9-12`."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

from api.http.errors import InvalidRequest

# Thousands of scattered indexes, within the limit for the headers of a request.
LONGEST = 32_000
_SPAN = r"[0-9]{1,7}(-[0-9]{1,7})?"
ItemsParameter = Annotated[
    str | None,
    Query(
        max_length=LONGEST,
        pattern=f"^{_SPAN}(,{_SPAN})*$",
        description="only items with these indexes, such as `0-4,7,9-12`",
        examples=["0-4,7,9-12"],
    ),
]


@dataclass(frozen=True, slots=True)
class ItemSpans:
    """In ascending order, and not overlapping."""

    spans: tuple[range, ...]

    def __contains__(self, index: int) -> bool:
        place = bisect_right(self.spans, index, key=lambda span: span.start)
        return place > 0 and index in self.spans[place - 1]

    def chunks(self, chunk_items: int) -> Iterator[range]:
        """The numbers of the chunks with these items."""
        return _merged(range(span.start // chunk_items, (span.stop - 1) // chunk_items + 1) for span in self.spans)


def parse_spans(text: str, items: int) -> ItemSpans:
    """Of a job with that many items. Raises InvalidRequest."""
    spans = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        span = range(int(first), int(last or first) + 1)
        if not span or span.stop > items:
            detail = f"{part} is no span of the job's {items} items, which are numbered from 0"
            raise InvalidRequest(f"items: {detail}.", [{"parameter": "items", "detail": detail}])
        spans.append(span)
    return ItemSpans(tuple(_merged(sorted(spans, key=lambda span: span.start))))


def _merged(spans: Iterator[range] | list[range]) -> Iterator[range]:
    """Ascending spans, with those that touch as one."""
    last = range(0)
    for span in spans:
        if last and span.start <= last.stop:
            last = range(last.start, max(last.stop, span.stop))
            continue
        if last:
            yield last
        last = span
    if last:
        yield last
