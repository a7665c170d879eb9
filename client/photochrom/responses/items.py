"""Items and their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from .documents import Document, Failure, ItemState, Note, Verdict, failure_from_json


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemResult:
    """The record of a finished picture; `width` and `height` in pixels.

    `variant` and `seed` identify the coloring; `member` is the unique path of the result within the job.
    """

    variant: int
    seed: int
    member: str
    bytes: int
    sha256: str
    width: int
    height: int
    media_type: str

    @classmethod
    def from_json(cls, document: Document) -> Self:
        return cls(**{name: document[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One entry of a job. `name` is spelled as in the source; `member` is the path of its first result.

    `results` holds all variants in order, and is empty until the item has succeeded. `name_bytes` is the name as the
    archive stores it, in base64, where `name` is not simply these bytes as UTF-8.
    """

    index: int
    name: str
    member: str
    state: ItemState
    results: tuple[ItemResult, ...]
    error: Failure | None
    notes: tuple[Note, ...] = ()
    timings_ms: Mapping[str, float] | None
    name_bytes: str | None = None
    verdict: Verdict | None = None
    raw: Document = field(repr=False, compare=False)

    @property
    def result(self) -> ItemResult | None:
        """The first variant, if there is one."""
        return next(iter(self.results), None)

    @classmethod
    def from_json(cls, document: Document) -> Self:
        return cls(
            index=document["index"],
            name=document["name"],
            member=document["member"],
            state=document["state"],
            results=tuple(map(ItemResult.from_json, document["results"])),
            error=failure_from_json(document.get("error")),
            notes=tuple(map(Note.from_json, document.get("notes", ()))),
            timings_ms=document.get("timings_ms"),
            name_bytes=document.get("name_bytes"),
            verdict=document.get("verdict"),
            raw=document,
        )
