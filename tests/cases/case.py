"""A row of the catalogue."""

from collections.abc import Callable
from dataclasses import dataclass

LETTERS = {
    "A": "thumbnail instead of picture",
    "B": "names",
    "C": "zip writers",
    "D": "concatenated archives",
    "E": "second directories",
    "F": "tone",
    "G": "metadata",
    "H": "codes and readable files",
    "I": "clutter",
    "J": "HTTP",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`check` returns what the product does now, in the words of `right`: the case is ok if both are equal.

    `needs_servers` marks a check that starts some: it is left out of `make check`.
    """

    letter: str
    name: str
    situation: str
    right: str
    check: Callable[[], str]
    needs_servers: bool = False

    def __post_init__(self) -> None:
        if self.letter not in LETTERS:
            raise ValueError(f"Unknown letter {self.letter!r}. Choose one of {', '.join(LETTERS)}.")

    def now(self) -> str:
        """What the product does now. A check that raises is an answer, too, and never the right one."""
        try:
            return self.check()
        except Exception as error:  # The table has a line for every case.
            return f"raised {error!r}"
