"""The results of a benchmark: rows of a Markdown table, `what · target · measured · met?`.

Each benchmark is a command that prints its rows; `python -m benchmarks` runs them and collects the rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass

HEAD = ("| what | target | measured | met? |", "|---|---|---|---|")
CELLS = len(HEAD[1].strip("|").split("|"))


@dataclass(frozen=True)
class Row:
    """`met` is None if there is no target."""

    what: str
    target: str
    measured: str
    met: bool | None

    def __str__(self) -> str:
        verdict = {True: "yes", False: "**no**", None: ""}[self.met]
        cells = (self.what, self.target, self.measured, verdict)
        return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"

    @classmethod
    def at_most(cls, what: str, value: float, most: float, unit: str, *, more: str = "") -> "Row":
        """`more` is added to the measured value in parentheses."""
        return cls(what, f"≤ {most:g} {unit}".rstrip(), _measured(value, unit, more), value <= most)

    @classmethod
    def at_least(cls, what: str, value: float, least: float, unit: str, *, more: str = "") -> "Row":
        return cls(what, f"≥ {least:g} {unit}".rstrip(), _measured(value, unit, more), value >= least)


def _measured(value: float, unit: str, more: str) -> str:
    return f"{value:.2f} {unit}".rstrip() + (f" ({more})" if more else "")


def is_row(line: str) -> bool:
    """Whether a printed line is a row of the table, but not its head."""
    return line.startswith("| ") and line.count("|") == CELLS + 1 and line not in HEAD


def is_missed(row: str) -> bool:
    return row.endswith("| **no** |")


def conclude(rows: Iterable[Row]) -> int:
    """Print the table and return the exit code: 1 if a target was missed."""
    lines = [str(row) for row in rows]
    print("", *HEAD, *lines, sep="\n", flush=True)
    return int(any(map(is_missed, lines)))
