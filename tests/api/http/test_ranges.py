"""Byte ranges: parsing the header, and cutting spans out of pieces."""

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.errors import RangeNotSatisfiable
from api.http.ranges import Span, pieces_within, requested_span

PIECES = st.lists(st.binary(max_size=8), max_size=12)


def cut(pieces: list[bytes], span: Span) -> bytes:
    edges = [0, *accumulate(map(len, pieces))]
    content = b""
    for number in pieces_within(edges, span):
        part = span.within(edges[number], len(pieces[number]))
        content += pieces[number][part.start : part.stop]
    return content


@given(PIECES, st.lists(st.integers(0, 100), max_size=6))
def test_the_parts_of_any_split_add_up_to_the_whole(pieces: list[bytes], cuts: list[int]) -> None:
    whole = b"".join(pieces)
    places = sorted([0, len(whole), *(min(place, len(whole)) for place in cuts)])

    parts = [cut(pieces, Span(*ends)) for ends in pairwise(places)]

    assert b"".join(parts) == whole
    assert [len(part) for part in parts] == [stop - start for start, stop in pairwise(places)]


@given(PIECES, st.integers(0, 100), st.integers(0, 100))
def test_only_pieces_that_overlap_the_span_are_read(pieces: list[bytes], start: int, size: int) -> None:
    edges = [0, *accumulate(map(len, pieces))]
    span = Span(start, start + size)

    looked_at = pieces_within(edges, span)

    has_bytes = [n for n, piece in enumerate(pieces) if span.within(edges[n], len(piece)).size]
    assert looked_at == range(0) or (has_bytes[0], has_bytes[-1]) == (looked_at[0], looked_at[-1])
    assert set(has_bytes) <= set(looked_at)


@given(st.integers(1, 10**12), st.integers(0, 10**12), st.integers(0, 10**12))
def test_a_range_equals_the_slice_in_python(size: int, first: int, length: int) -> None:
    first %= size
    last = first + length

    assert requested_span(f"bytes={first}-{last}", size) == Span(first, min(last + 1, size))
    assert requested_span(f"bytes={first}-", size) == Span(first, size)
    assert requested_span(f"bytes=-{length + 1}", size) == Span(max(0, size - length - 1), size)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "bytes=",
        "bytes=-",
        "bytes=5-4",
        "bytes=a-b",
        "bytes=1",
        "bytes=0-1,4-5",
        "bytes=0-1,",
        "lines=0-1",
        "bytes 0-1",
        "bytes=+1-2",
        "bytes=\u0661-\u0662",
        f"bytes={'9' * 5000}-",
    ],
)
def test_anything_but_a_single_range_of_bytes_is_ignored(header: str | None) -> None:
    assert requested_span(header, 10) is None


@pytest.mark.parametrize("header", ["Bytes=2-3", " bytes=2-3 ", "bytes= 2-3"])
def test_case_and_whitespace_do_not_matter(header: str) -> None:
    assert requested_span(header, 10) == Span(2, 4)


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=10-", 10), ("bytes=99-100", 10), ("bytes=-0", 10), ("bytes=0-", 0)]
)
def test_a_range_beyond_the_end_is_refused_with_the_size(header: str, size: int) -> None:
    with pytest.raises(RangeNotSatisfiable) as refused:
        requested_span(header, size)

    assert refused.value.size == size
