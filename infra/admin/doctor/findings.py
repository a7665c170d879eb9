"""A finding: the outcome of a check, as a line for people or as JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

EXAMPLES = 3


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """`detail` is what is the case, `advice` what to do about it. `subjects` are all keys or ids that it is about."""

    check: str
    level: Level
    detail: str
    advice: str = ""
    subjects: tuple[str, ...] = ()

    def line(self) -> str:
        return " ".join(
            filter(None, [f"{self.level:<8} {self.check:<11} {self.detail}", self._examples(), self.advice])
        )

    def _examples(self) -> str:
        others = len(self.subjects) - EXAMPLES
        more = f" and {others:,} more" if others > 0 else ""
        return f"[{', '.join(self.subjects[:EXAMPLES])}{more}]" if self.subjects else ""


def ok(check: str, detail: str) -> Finding:
    return Finding(check, Level.OK, detail)


def warning(check: str, detail: str, advice: str, subjects: Sequence[str] = ()) -> Finding:
    return Finding(check, Level.WARNING, detail, advice, tuple(subjects))


def error(check: str, detail: str, advice: str, subjects: Sequence[str] = ()) -> Finding:
    return Finding(check, Level.ERROR, detail, advice, tuple(subjects))


def is_well(findings: Sequence[Finding]) -> bool:
    """Whether there is no error."""
    return all(finding.level is not Level.ERROR for finding in findings)


def as_json(findings: Sequence[Finding]) -> str:
    return json.dumps({"ok": is_well(findings), "findings": [asdict(finding) for finding in findings]}, indent=1)
