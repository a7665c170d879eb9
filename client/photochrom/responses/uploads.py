"""Uploads that wait for a job, and dry runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Self

from .documents import Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that was uploaded for a later job; removed after a day if no job uses it.

    `media_type` is detected from the content; None if it is not recognized.
    """

    id: str
    state: Literal["open", "completed", "used"]
    filename: str | None
    bytes: int
    media_type: str | None
    raw: Document = field(repr=False, compare=False)

    @classmethod
    def from_json(cls, document: Document) -> Self:
        return cls(
            **{name: document[name] for name in ("id", "state", "filename", "bytes", "media_type")}, raw=document
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """The size of a job that was not created. Estimates are extrapolated from `sampled` pictures.

    `missing` of the sampled pictures do not exist. `complete` is False if counting stopped at the service's time limit.
    `basis` explains what `estimated_seconds` is based on, or why there is no estimate.
    """

    items: int
    skipped: int
    missing: int
    bytes: int | None
    megapixels: float | None
    sampled: int
    complete: bool
    estimated_seconds: float | None
    basis: str
    raw: Document = field(repr=False, compare=False)

    @classmethod
    def from_json(cls, document: Document) -> Self:
        return cls(**{name: document[name] for name in cls.__dataclass_fields__ if name != "raw"}, raw=document)
