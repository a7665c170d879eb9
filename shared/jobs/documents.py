"""The job document and its parts. `store.py` has the updates, `shared/lifecycle.py` the allowed transitions."""

from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import Field

from shared.documents import Document, Failure, Lease
from shared.ids import new_job_id
from shared.jobs.history import Act
from shared.jobs.options import Options
from shared.lifecycle import Counts, JobState
from shared.log import Origin
from shared.verdicts import Verdicts
from shared.webhooks.documents import Message, Webhook

SCHEMA_VERSION = 1


class JobKind(StrEnum):
    SINGLE = "single"
    BULK = "bulk"


class Source(Document):
    """One object in the service's bucket: a picture or an archive."""

    type: Literal["upload"] = "upload"
    key: str
    filename: str | None
    media_type: str
    bytes: int
    # None if the client sent the file to object storage directly: then nobody computed it.
    sha256: str | None

    @property
    def bucket(self) -> None:
        """The service's bucket."""


class UploadsSource(Document):
    """Files that were uploaded one by one to the service's bucket."""

    type: Literal["uploads"] = "uploads"
    count: int
    bytes: int

    @property
    def bucket(self) -> None:
        """The service's bucket."""

    @property
    def filename(self) -> None:
        """Together they have none."""


class PrefixSource(Document):
    """The objects of a bucket whose keys begin with a prefix."""

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
    """The objects of a bucket that a manifest in that bucket lists."""

    type: Literal["manifest"] = "manifest"
    bucket: str
    key: str
    format: ManifestFormat

    @property
    def filename(self) -> str | None:
        return PurePosixPath(self.key).name or None


ListedSource = UploadsSource | PrefixSource | ManifestSource


class SharedSource(Document):
    """Items of another job. Their bytes belong to the job `root`: to that one or, if it shares them itself, to the job
    that they came with. So the bytes of a chain of such jobs always belong to its first.
    """

    type: Literal["job"] = "job"
    job: str
    root: str
    # Indexes in the other job, ascending. None: all.
    items: list[int] | None
    count: int
    # As in the source of the other job; of a single picture, its name.
    filename: str | None
    bucket: str | None
    # Whether the other job was kept once this one was inserted. Until then, this one is neither acknowledged nor sent.
    confirmed: bool = False


class Listing(Document):
    """The frozen listing of a source that is not an archive: the key of the listing, the number of its objects, and the
    names of all columns that a manifest has.
    """

    key: str
    entries: int
    columns: list[str]


class Renaming(Document):
    """An item whose path in `results.zip` is not its name."""

    name: str
    member: str


class Totals(Document):
    """According to the archive's index or the listing, including skipped entries. `bytes` are those stored there."""

    items: int
    bytes: int
    # How many entries were skipped, by reason.
    skipped: dict[str, int] = Field(default_factory=dict)
    # How many of the others got another path than their name, and the first of these.
    renamed: int = 0
    first_renamed: list[Renaming] = Field(default_factory=list)


class Idempotency(Document):
    key: str
    fingerprint: str


class Retirement(Document):
    """The job's objects were deleted, or are being deleted, because it had been kept for as long as was stated."""

    # The state in which it had ended.
    after: JobState
    # When nothing was left but the record. None: not yet.
    completed_at: datetime | None = None


class Job(Document):
    id: str = Field(alias="_id", default_factory=new_job_id)
    owner: str
    kind: JobKind
    state: JobState = JobState.QUEUED
    run: int = 1
    source: Annotated[Source | ListedSource | SharedSource, Field(discriminator="type")]
    # None until the source is listed; a source with an index has none. With a shared source, that of its root.
    listing: Listing | None = None
    options: Options
    # SHA-256 of the weights that the name in `options` stood for when the job was accepted. None: an older job.
    checkpoint: str | None = None
    labels: list[str] = Field(default_factory=list)
    # What no worker has started by then is not started any more.
    deadline: datetime | None = None
    # How long it is kept once it has ended; None: forever. From its end on, `expires_at` is when that is over.
    keep_seconds: int | None = None
    expires_at: datetime | None = None
    retirement: Retirement | None = None
    # Where its end is reported. Messages about it leave the outbox as deliveries.
    webhook: Webhook | None = None
    outbox: list[Message] = Field(default_factory=list)
    # Since when a job that is being deleted has nothing left but its source, which other jobs share.
    held_since: datetime | None = None
    chunk_items: int
    # None until the job is sealed. An unsealed job has no items, even if chunks were inserted.
    chunks: int | None = None
    # The numbers of the chunks with work to do, ascending. None: all of them, as in the first run.
    order: list[int] | None = None
    # How many of those were sent or are about to be sent.
    next_no: int = 0
    # The indexes of the items that this run retries. None: all that can be retried.
    retried: list[int] | None = None
    totals: Totals | None = None
    # For display: may lag behind the chunks, but is never ahead of them.
    progress: Counts = Counts()
    # For display: may miss one that was recorded while the store failed. The chunks have the exact sums.
    verdicts: Verdicts = Verdicts()
    # The indexes of the items that succeeded last, the newest at the end.
    latest: list[int] = Field(default_factory=list)
    # Bytes of the results recorded so far, in all runs. May lag behind the chunks, too.
    result_bytes: int = 0
    # What was finished when the job was sealed: not the work of this run.
    head_start: Counts = Counts()
    # Exact: computed from the chunks once, when the job settles.
    counts: Counts | None = None
    lease: Lease | None = None
    # How often an expander's lease expired.
    expiries: int = 0
    error: Failure | None = None
    idempotency: Idempotency | None = None
    # The request that began this run, for the log. None: older than this field.
    request_id: str | None = None
    # The client's trace that it was a part of.
    trace_id: str | None = None
    # Empty in jobs from before there were keys.
    history: list[Act] = Field(default_factory=list)
    version: int = 1
    created_at: datetime
    # When a message for the job was last sent.
    sent_at: datetime | None = None
    sealed_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    schema_version: int = SCHEMA_VERSION

    def to_mongo(self) -> dict[str, Any]:
        document = super().to_mongo()
        if self.idempotency is None:
            # The unique index covers only documents with this field.
            del document["idempotency"]
        return document

    @property
    def is_untouched(self) -> bool:
        """Whether nobody has acted on the job since it was inserted, not even the gateway that inserted it."""
        return self.run == 1 and self.sent_at is None and self.started_at is None

    @property
    def origin(self) -> Origin:
        return Origin(self.request_id, self.trace_id)

    def is_late(self, now: datetime) -> bool:
        """Whether its deadline has passed."""
        return self.deadline is not None and self.deadline <= now

    def times_of_end(self, now: datetime) -> dict[str, datetime | None]:
        """When it ended, and until when it is kept."""
        expires_at = None if self.keep_seconds is None else now + timedelta(seconds=self.keep_seconds)
        return {"finished_at": now, "expires_at": expires_at}

    @property
    def root(self) -> str:
        """The job to which the bytes of its source belong."""
        return self.source.root if isinstance(self.source, SharedSource) else self.id

    @property
    def is_confirmed(self) -> bool:
        return not isinstance(self.source, SharedSource) or self.source.confirmed

    @property
    def source_bytes(self) -> int:
        """Of the source as it is stored: of the archive or picture, or of all objects that are listed."""
        if isinstance(self.source, Source | UploadsSource):
            return self.source.bytes
        return self.totals.bytes if self.totals else 0

    @property
    def planned(self) -> int:
        """How many chunks this run has to send."""
        return (self.chunks or 0) if self.order is None else len(self.order)

    @property
    def window_end(self) -> int:
        """The number of the first chunk that was not sent. All chunks before it with work to do were sent."""
        if self.order is None:
            return self.next_no
        return self.order[self.next_no] if self.next_no < len(self.order) else (self.chunks or 0)

    def current_counts(self) -> Counts:
        """Exact once settled. Before that the progress, with the rest as pending; all zero until the job is sealed."""
        if self.counts is not None:
            return self.counts
        if self.totals is None:
            return Counts()
        return self.progress.model_copy(update={"pending": self.totals.items - self.progress.finished})
