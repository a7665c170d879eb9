"""What a caller states about a job besides how its pictures are colorized."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    labels: Sequence[str] = ()

    def as_json(self) -> dict[str, Any]:
        """The fields of a JSON request, besides `source` and `options`."""
        return {"labels": list(self.labels)} if self.labels else {}

    def as_query(self) -> dict[str, Any]:
        """The query parameters of a request whose body is the source."""
        return {"label": list(self.labels)} if self.labels else {}
