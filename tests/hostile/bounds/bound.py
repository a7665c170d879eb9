"""A bound, and how the largest value that is accepted is searched for."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.fixtures.stack import RunningStack


@dataclass(frozen=True, kw_only=True)
class Bound:
    """`measure` returns the bound in the words of `right`, as docs/security.md has it."""

    what: str
    right: str
    measure: Callable[[RunningStack], str]
    takes_a_minute: bool = False

    @property
    def row(self) -> str:
        """Its line in docs/security.md."""
        return f"| {self.what} | {self.right} | `python -m tests.hostile.bounds` |"


def largest(is_accepted: Callable[[int], bool], most: int) -> int:
    """The largest accepted number from 1 up to `most`, which must be refused."""
    assert is_accepted(1), "even the smallest is refused"
    assert not is_accepted(most), "even the largest is accepted"
    low, high = 1, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_accepted(middle) else (low, middle)
    return low
