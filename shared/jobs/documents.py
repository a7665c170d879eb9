"""The job document: its shape. How it changes is in `store.py`, when it may in `shared/lifecycle.py`."""

from datetime import datetime
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import Field

from shared.documents import Document, Failure, Lease
from shared.ids import new_job_id
from shared.jobs.options import Options
from shared.lifecycle import Counts, JobState

SCHEMA_VERSION = 1


class JobKind(StrEnum):
    SINGLE = "single"
    BULK = "bulk"


class Source(Document):
    """The bytes that came in: one object of ours, a picture or an archive."""

    type: Literal["upload"] = "upload"
    key: str
    filename: str | None
    media_type: str
    bytes: int
    # Nobody has computed one of what was sent to object storage past us.
    sha256: str | None


class UploadsSource(Document):
    """Files that were uploaded one by one: objects of ours."""

    type: Literal["uploads"] = "uploads"
    count: int
    bytes: int

    @property
    def bucket(self) -> None:
        """Our own."""

    @property
    def filename(self) -> None:
        """They have none together."""


class PrefixSource(Document):
    """The objects of somebody's bucket whose keys begin alike."""

    type: Literal["s3_prefix"] = "s3_prefix"
    bucket: str
    prefix: str

    @property
    def filename(self) -> str | None:
        return PurePosixPath(self.prefix).name or None


class ManifestFormat(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


class ManifestSource(Document):
    """The objects of somebody's bucket that a manifest beside them names."""

    type: Literal["manifest"] = "manifest"
    bucket: str
    key: str
    format: ManifestFormat

    @property
    def filename(self) -> str | None:
        return PurePosixPath(self.key).name or None


ListedSource = UploadsSource | PrefixSource | ManifestSource


class Listing(Document):
    """What a source that is no archive held when it was looked at: where that is written down, for how many objects,
    and the names of all the columns that a manifest gives them.
    """

    key: str
    entries: int
    columns: list[str]


class Totals(Document):
    """What the archive's index or the listing says, skipped entries included. Bytes are as they lie there."""

    items: int
    bytes: int


class Idempotency(Document):
    key: str
    fingerprint: str


class Job(Document):
    id: str = Field(alias="_id", default_factory=new_job_id)
    owner: str
    kind: JobKind
    state: JobState = JobState.QUEUED
    run: int = 1
    source: Annotated[Source | ListedSource, Field(discriminator="type")]
    # Absent until it was written down; what is not listed but indexed has none.
    listing: Listing | None = None
    options: Options
    chunk_items: int
    # Absent until the job is sealed. An unsealed job has no items, whatever chunks already exist.
    chunks: int | None = None
    # The numbers of the chunks that there is work in, ascending. None: in all, as in the first run.
    order: list[int] | None = None
    # How many of those were sent, or are about to be.
    next_no: int = 0
    totals: Totals | None = None
    # For display: may lag behind the chunks, never runs ahead of them.
    progress: Counts = Counts()
    # What was finished when it was sealed: no doing of this run's workers.
    head_start: Counts = Counts()
    # Exact: computed from the chunks once, when the job settles.
    counts: Counts | None = None
    lease: Lease | None = None
    # How often an expander's lease ran out.
    expiries: int = 0
    error: Failure | None = None
    idempotency: Idempotency | None = None
    version: int = 1
    created_at: datetime
    # When a message for it was last handed to the queue.
    sent_at: datetime | None = None
    sealed_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    schema_version: int = SCHEMA_VERSION

    def to_mongo(self) -> dict[str, Any]:
        document = super().to_mongo()
        if self.idempotency is None:
            # The unique index covers only documents that have the field.
            del document["idempotency"]
        return document

    @property
    def is_untouched(self) -> bool:
        """Whether nobody, its gateway included, has acted on it since it was inserted."""
        return self.run == 1 and self.sent_at is None and self.started_at is None

    @property
    def planned(self) -> int:
        """How many chunks this run has to send."""
        return (self.chunks or 0) if self.order is None else len(self.order)

    @property
    def window_end(self) -> int:
        """The number of the first chunk that was not sent yet: those that there is work in and come before it, were."""
        if self.order is None:
            return self.next_no
        return self.order[self.next_no] if self.next_no < len(self.order) else (self.chunks or 0)

    def current_counts(self) -> Counts:
        """Exact once settled, else the display's progress with the rest pending. All zero while unsealed."""
        if self.counts is not None:
            return self.counts
        if self.totals is None:
            return Counts()
        return self.progress.model_copy(update={"pending": self.totals.items - self.progress.finished})
