"""Jobs: their source, state, counts and progress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Self

from photochrom.options import Options

from .documents import TERMINAL_STATES, Document, Failure, JobState, failure_from_json

UNCLEAN_STATES = frozenset({"failed", "expiring", "expired", "canceling", "canceled", "deleting", "deleted"})


@dataclass(frozen=True, slots=True)
class Counts:
    """The number of a job's items in each state; all zero until the archive's index has been read."""

    pending: int = 0
    succeeded: int = 0
    failed: int = 0
    skipped: int = 0
    canceled: int = 0
    expired: int = 0

    @property
    def finished(self) -> int:
        return self.succeeded + self.failed + self.skipped + self.canceled + self.expired

    @classmethod
    def from_json(cls, document: Document) -> Self:
        return cls(**{state: int(document.get(state, 0)) for state in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class Renaming:
    """An item whose path in `results.zip` (`member`) is not its name: that was taken, or is not safe as a path."""

    name: str
    member: str

    @classmethod
    def from_json(cls, document: Document) -> Self:
        return cls(document["name"], document["member"])


@dataclass(frozen=True, slots=True, kw_only=True)
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
    # Of a job whose source it shares, and the indexes of its items there; None: all.
    job: str | None = None
    items: Sequence[int] | None = None

    @property
    def name(self) -> str:
        """A name to display; empty if the source has none."""
        if self.bucket is not None:
            return f"s3://{self.bucket}/{self.prefix or self.key or ''}"
        return self.filename or ("" if self.count is None else f"{self.count} files")

    @classmethod
    def from_json(cls, document: Document) -> Self:
        fields = {name: document.get(name) for name in cls.__dataclass_fields__}
        return cls(**{**fields, "type": document["type"]})


@dataclass(frozen=True, slots=True)
class Deletion:
    """Why the service deleted the job's source, items and results; it had ended in `state`."""

    code: str
    detail: str
    state: JobState
    at: datetime | None

    @classmethod
    def from_json(cls, document: Document) -> Self:
        return cls(document["code"], document["detail"], document["state"], _time(document["at"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One picture (`single`) or archive (`bulk`), as it was when the service responded.

    `items` is None until the archive's index has been read; `progress` is 0–1; `rate` is items per second.
    `skip_reasons` counts the skipped items by the code of their errors; `first_renamed` are a few of `renamed` items.
    """

    id: str
    kind: Literal["single", "bulk"]
    state: JobState
    run: int
    source: JobSource
    options: Options
    labels: tuple[str, ...]
    deadline: datetime | None
    expires_at: datetime | None
    deletion: Deletion | None
    items: int | None
    counts: Counts
    skip_reasons: Mapping[str, int]
    renamed: int
    first_renamed: tuple[Renaming, ...]
    progress: float
    rate: float | None
    eta_seconds: float | None
    waiting_for: str | None
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
    def is_kept(self) -> bool:
        """Whether its items and results have not been deleted."""
        return self.state not in {"deleting", "deleted"}

    @property
    def is_clean(self) -> bool:
        """Whether nothing has failed so far: neither an item nor the job, and the job did not expire, and was not
        canceled or deleted.
        """
        return self.counts.failed + self.counts.expired == 0 and self.state not in UNCLEAN_STATES

    @classmethod
    def from_json(cls, document: Document) -> Self:
        renamed = document.get("renamed") or {"count": 0, "first": []}
        return cls(
            id=document["id"],
            kind=document["kind"],
            state=document["state"],
            run=document["run"],
            source=JobSource.from_json(document["source"]),
            options=Options.from_json(document["options"]),
            labels=tuple(document.get("labels", ())),
            deadline=_time(document.get("deadline")),
            expires_at=_time(document.get("expires_at")),
            deletion=Deletion.from_json(document["deletion"]) if document.get("deletion") else None,
            items=document["items"],
            counts=Counts.from_json(document["counts"]),
            skip_reasons=document.get("skip_reasons") or {},
            renamed=renamed["count"],
            first_renamed=tuple(map(Renaming.from_json, renamed["first"])),
            progress=float(document["progress"]),
            rate=document.get("rate"),
            eta_seconds=document.get("eta_seconds"),
            waiting_for=document.get("waiting_for"),
            error=failure_from_json(document.get("error")),
            created_at=datetime.fromisoformat(document["created_at"]),
            sealed_at=_time(document.get("sealed_at")),
            started_at=_time(document.get("started_at")),
            finished_at=_time(document.get("finished_at")),
            version=document["version"],
            raw=document,
        )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
