"""`traceparent`, as W3C Trace Context has it (https://www.w3.org/TR/trace-context/#traceparent-header)."""

import pytest

from api.http.middleware import trace_of

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    "header",
    [f"00-{TRACE}-{PARENT}-01", f" 00-{TRACE}-{PARENT}-00 ", f"cc-{TRACE}-{PARENT}-01", f"cc-{TRACE}-{PARENT}-01-new"],
)
def test_the_trace_of_a_valid_header_is_read(header: str) -> None:
    assert trace_of(header) == TRACE


@pytest.mark.parametrize(
    "header",
    [
        "",
        TRACE,
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01-new",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[1:]}-{PARENT}-01",
        f"cc-{TRACE}-{PARENT}-01new",
    ],
)
def test_any_other_header_names_no_trace(header: str) -> None:
    assert trace_of(header) is None
