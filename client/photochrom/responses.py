"""What the service says about jobs and items, as frozen dataclasses; what a newer service adds is in `raw`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Self

from .options import Options

Document = Mapping[str, Any]
JobState = Literal[
    "queued", "expanding", "running", "canceling", "succeeded", "partially_succeeded", "failed", "canceled", "deleting"
]
ItemState = Literal["pending", "succeeded", "failed", "skipped", "canceled"]
ReportFormat = Literal["jsonl", "csv"]
ManifestFormat = Literal["jsonl", "csv"]

TERMINAL_STATES: frozenset[str] = frozenset({"succeeded", "partially_succeeded", "failed", "canceled"})


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a job or an item failed: a stable code for programs, a sentence for people."""

    code: str
    detail: str

    @classmethod
    def from_json(cls, document: Document) -> Self:
        return cls(code=document["code"], detail=document["detail"])


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of a job's items are in each state; all zero until the archive's index has been read."""

    pending: int = 0
    succeeded: int = 0
    failed: int = 0
    skipped: int = 0
    canceled: int = 0

    @property
    def finished(self) -> int:
        return self.succeeded + self.failed + self.skipped + self.canceled

    @classmethod
    def from_json(cls, document: Document) -> Self:
        return cls(**{state: int(document.get(state, 0)) for state in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class JobSource:
    """What was submitted."""

    type: str
    filename: str | None = None
    media_type: str | None = None
    bytes: int | None = None
    sha256: str | None = None
    count: int | None = None
    bucket: str | None = None
    prefix: str | None = None
    key: str | None = None

    @property
    def name(self) -> str:
        """What to call it; empty where it has no name."""
        if self.bucket is not None:
            return f"s3://{self.bucket}/{self.prefix or self.key or ''}"
        return self.filename or ("" if self.count is None else f"{self.count} files")

    @classmethod
    def from_json(cls, document: Document) -> Self:
        known = {name: document.get(name) for name in cls.__dataclass_fields__}
        return cls(**{**known, "type": document["type"]})


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that the service has, and that waits for a job; removed after a day if none takes it.

    `media_type` is what it is by its content, None for nothing known.
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


@dataclass(frozen=True, slots=True)
class DryRun:
    """How much a job would be; nothing was done. What is estimated goes by the `sampled` pictures.

    `missing` of these are not there; `complete` is False where there is more than could be counted in time; `basis`
    says what `estimated_seconds` goes by, or why there are none.
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


@dataclass(frozen=True, slots=True)
class Model:
    """A colorizer that jobs may name, by its `id`; `sha256` is that of its weights, `hints` whether it takes any."""

    id: str
    sha256: str
    default: bool
    hints: bool
    description: str
    raw: Document = field(repr=False, compare=False)

    @classmethod
    def from_json(cls, document: Document) -> Self:
        return cls(**{name: document[name] for name in cls.__dataclass_fields__ if name != "raw"}, raw=document)


@dataclass(frozen=True, slots=True)
class Job:
    """One picture (`single`) or archive (`bulk`), as it stood when the service answered.

    `items` is None until the archive's index has been read; `progress` is 0–1; `rate` is items per second.
    """

    id: str
    kind: Literal["single", "bulk"]
    state: JobState
    run: int
    source: JobSource
    options: Options
    items: int | None
    counts: Counts
    progress: float
    rate: float | None
    eta_seconds: float | None
    error: Failure | None
    created_at: datetime
    sealed_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    version: int
    raw: Document = field(repr=False, compare=False)

    @property
    def is_terminal(self) -> bool:
        return self.state in TERMINAL_STATES

    @property
    def is_clean(self) -> bool:
        """Whether nothing has gone wrong so far: no item, nor the job, failed, and it was not canceled or deleted."""
        return self.counts.failed == 0 and self.state not in {"failed", "canceling", "canceled", "deleting"}

    @classmethod
    def from_json(cls, document: Document) -> Self:
        return cls(
            id=document["id"],
            kind=document["kind"],
            state=document["state"],
            run=document["run"],
            source=JobSource.from_json(document["source"]),
            options=Options.from_json(document["options"]),
            items=document["items"],
            counts=Counts.from_json(document["counts"]),
            progress=float(document["progress"]),
            rate=document.get("rate"),
            eta_seconds=document.get("eta_seconds"),
            error=_failure(document.get("error")),
            created_at=datetime.fromisoformat(document["created_at"]),
            sealed_at=_time(document.get("sealed_at")),
            started_at=_time(document.get("started_at")),
            finished_at=_time(document.get("finished_at")),
            version=document["version"],
            raw=document,
        )


@dataclass(frozen=True, slots=True)
class ItemResult:
    """A finished picture's record; `width` and `height` in pixels.

    `variant` and `seed` say which coloring it is; `member` is its unique path among the job's results.
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


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a job. `name` is as the source spelled it; `member` is the path of its first result.

    `results` are all its variants, in order; there are none until it has succeeded.
    """

    index: int
    name: str
    member: str
    state: ItemState
    results: tuple[ItemResult, ...]
    error: Failure | None
    timings_ms: Mapping[str, float] | None
    raw: Document = field(repr=False, compare=False)

    @property
    def result(self) -> ItemResult | None:
        """The first of its results."""
        return next(iter(self.results), None)

    @classmethod
    def from_json(cls, document: Document) -> Self:
        return cls(
            index=document["index"],
            name=document["name"],
            member=document["member"],
            state=document["state"],
            results=tuple(map(ItemResult.from_json, document["results"])),
            error=_failure(document.get("error")),
            timings_ms=document.get("timings_ms"),
            raw=document,
        )


def _failure(document: Document | None) -> Failure | None:
    return None if document is None else Failure.from_json(document)


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
