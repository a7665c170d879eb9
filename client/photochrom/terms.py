"""What a caller states about a job besides how its pictures are colorized."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

Moment = datetime | timedelta | str
"""A time with its zone, or how long from now; as text, `2026-12-24T18:00:00Z` or `90m`, `2h`, `30d`, `4w`."""

FOREVER = "forever"
_DURATION = re.compile(r"[1-9][0-9]{0,8}[smhdw]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Raise `ValueError` for a deadline that is not a time, and for a `keep` that is no duration."""

    labels: Sequence[str] = ()
    deadline: Moment | None = None
    keep: timedelta | str | None = None
    webhook: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The fields of a JSON request, besides `source` and `options`."""
        return ({"labels": list(self.labels)} if self.labels else {}) | self._texts()

    def as_query(self) -> dict[str, Any]:
        """The query parameters of a request whose body is the source."""
        return ({"label": list(self.labels)} if self.labels else {}) | self._texts()

    def _texts(self) -> dict[str, str]:
        texts = {
            "deadline": None if self.deadline is None else moment_text(self.deadline),
            "keep": None if self.keep is None else keep_text(self.keep),
            "webhook": self.webhook,
        }
        return {name: text for name, text in texts.items() if text is not None}


def moment_text(moment: Moment) -> str:
    """As the service reads it. Raise `ValueError`."""
    if isinstance(moment, timedelta):
        return f"{int(moment.total_seconds())}s"
    if isinstance(moment, str) and _DURATION.fullmatch(moment):
        return moment
    time = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    if time.tzinfo is None:
        raise ValueError(f"The time {time.isoformat()} has no zone. Append Z for UTC, or an offset such as +01:00.")
    return time.isoformat()


def keep_text(keep: timedelta | str) -> str:
    """As the service reads it. Raise `ValueError`."""
    if isinstance(keep, timedelta):
        return f"{int(keep.total_seconds())}s"
    if keep != FOREVER and not _DURATION.fullmatch(keep):
        raise ValueError(f"{keep!r} is not a duration. Write 12h, 30d, 4w or forever.")
    return keep
