"""What several responses have in common: JSON documents, states, and failures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

Document = Mapping[str, Any]
JobState = Literal[
    "queued",
    "expanding",
    "running",
    "expiring",
    "canceling",
    "succeeded",
    "partially_succeeded",
    "failed",
    "expired",
    "canceled",
    "deleting",
    "deleted",
]
ItemState = Literal["pending", "succeeded", "failed", "skipped", "canceled", "expired"]
Verdict = Literal["accepted", "rejected", "flagged"]
ReportFormat = Literal["jsonl", "csv"]
ManifestFormat = Literal["jsonl", "csv"]

TERMINAL_STATES: frozenset[str] = frozenset(
    {"succeeded", "partially_succeeded", "failed", "expired", "canceled", "deleted"}
)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job or an item failed: a stable code for programs, a sentence for people."""

    code: str
    detail: str

    @classmethod
    def from_json(cls, document: Document) -> Self:
        return cls(code=document["code"], detail=document["detail"])


@dataclass(frozen=True, slots=True)
class Note:
    """What is worth knowing about an item that succeeded: a stable code for programs, a sentence for people."""

    code: str
    detail: str

    @classmethod
    def from_json(cls, document: Document) -> Self:
        return cls(code=document["code"], detail=document["detail"])


def failure_from_json(document: Document | None) -> Failure | None:
    return None if document is None else Failure.from_json(document)
