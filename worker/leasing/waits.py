"""What the work of this process waits for at the moment: the codes of the servers' errors, with how many calls wait.

For display only (`shared/liveness.py`); one event loop changes it.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

_calls: Counter[str] = Counter()


@contextmanager
def waiting(code: str) -> Iterator[None]:
    """A call waits while the block runs."""
    _calls[code] += 1
    try:
        yield
    finally:
        _calls[code] -= 1


def current_waits() -> list[str]:
    """The codes, what most calls wait for first."""
    return [code for code, calls in _calls.most_common() if calls > 0]
