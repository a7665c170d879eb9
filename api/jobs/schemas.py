"""A job as clients see it: of the stored document (`shared/jobs/documents.py`), only what is listed here."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.examples import JOB, JOB_ID, documented_by
from api.http.links import Link
from api.http.timestamps import Timestamp
from api.jobs.throughput import throughput_of
from api.sources.schemas import MOST_ITEMS, ItemIndex
from shared.durations import format_duration
from shared.jobs import documents, history
from shared.jobs.documents import JobKind, ManifestFormat
from shared.jobs.history import Action
from shared.jobs.options import Options
from shared.jobs.terms import FOREVER
from shared.lengths import at_most
from shared.lifecycle import RETRYABLE, Counts, JobState
from shared.verdicts import Verdicts
from shared.webhooks.documents import SERVICE


class UploadedSource(BaseModel):
    """The body or upload. `media_type` is detected from its bytes, not from its name."""

    type: Literal["upload"]
    filename: str | None
    media_type: str
    bytes: int
    sha256: str | None = Field(description="null for an upload: only the bytes of a body are hashed")


class UploadedFiles(BaseModel):
    """Several uploads."""

    type: Literal["uploads"]
    count: int
    bytes: int


class Prefix(BaseModel):
    """The objects of a bucket whose keys start with `prefix`."""

    type: Literal["s3_prefix"]
    bucket: str
    prefix: str


class Manifest(BaseModel):
    """The objects of a bucket that a manifest lists. The manifest is the object `key` in the same bucket."""

    type: Literal["manifest"]
    bucket: str
    key: str
    format: ManifestFormat


class JobItems(BaseModel):
    """Items of another job, whose source this one shares."""

    type: Literal["job"]
    job: str = Field(examples=[JOB_ID])
    items: list[int] | None = Field(description="item 0 is the first of these items of the other job; null for all")
    filename: str | None = Field(description="of the other job, or of its picture if this is only one")


AnySource = UploadedSource | UploadedFiles | Prefix | Manifest | JobItems
Source = Annotated[AnySource, Field(discriminator="type")]
SOURCE: TypeAdapter[AnySource] = TypeAdapter(Source)


class Failure(BaseModel):
    """Why something failed: `code` is for programs, `detail` for people."""

    code: str = Field(examples=["archive_truncated"])
    detail: str


class Renaming(BaseModel):
    """An item whose result does not have its name."""

    name: str = Field(description="as in the archive")
    member: str = Field(description="its path in `results.zip`, before its extension follows the result's format")

    @classmethod
    def of(cls, renaming: documents.Renaming) -> "Renaming":
        return cls(name=renaming.name, member=renaming.member)


class Renamed(BaseModel):
    """Items that were renamed, because their name was taken or is not safe as a path."""

    count: int = 0
    first: list[Renaming] = Field(default=[], description="the first few")


class Act(BaseModel):
    """What was done to a job, by whom."""

    action: Action
    owner: str = Field(description="of the key")
    key: str | None = Field(description="the short id of the API key; null where none was needed")
    at: Timestamp

    @classmethod
    def of(cls, act: history.Act) -> "Act":
        return cls(action=act.action, owner=act.owner, key=act.key, at=act.at)


class Deletion(BaseModel):
    """Why the job's source, items and results were deleted without its owner doing it."""

    code: Literal["retention"]
    detail: str
    state: JobState = Field(description="the state in which the job had ended")
    at: Timestamp | None = Field(description="when they were gone; null while they are being deleted")


class JobLinks(BaseModel):
    """What can be requested next."""

    self: str
    items: Link = None
    cancel: Link = None
    retry: Link = None
    results: Link = None
    report: Link = None
    result: Link = None


class Job(BaseModel):
    model_config = documented_by(JOB)

    id: str = Field(examples=[JOB_ID])
    kind: JobKind
    state: JobState
    run: int
    source: Source
    options: Options
    checkpoint: str | None = Field(
        description="SHA-256 of its model's weights when it was accepted, which retries use, too; null for a "
        "job of an earlier version"
    )
    labels: list[str]
    deadline: Timestamp | None = Field(description="pictures that no worker has started on by then become `expired`")
    keep: str = Field(description="how long it is kept after its end: `30d`, or `forever`")
    expires_at: Timestamp | None = Field(description="when that is over; null before its end, and for `forever`")
    deletion: Deletion | None
    webhook: str | None = Field(
        description="where its end is reported; null if the service's own webhook is, or nowhere"
    )
    items: int | None = Field(description="entries of the source; null until its index or listing has been read")
    counts: Counts = Field(description="items by state; all zero while `items` is null")
    skip_reasons: dict[str, int] = Field(
        description="the number of skipped items by the reason, which is the `code` of their errors"
    )
    renamed: Renamed
    verdicts: Verdicts = Field(description="items by the verdict that somebody gave their results")
    progress: float = Field(ge=0, le=1, description="the share of items that have finished")
    rate: float | None = Field(description="pictures per second, while the job runs")
    eta_seconds: float | None = Field(description="time left at that rate")
    waiting_for: str | None = Field(
        description="why it does not move: `a worker of role bulk`, `its turn`, `room on the disk` … Null while a "
        "worker has some of it",
        examples=["a worker of role bulk"],
    )
    error: Failure | None
    created_at: Timestamp
    sealed_at: Timestamp | None
    started_at: Timestamp | None
    finished_at: Timestamp | None
    owner: str = Field(description="whom the job belongs to")
    history: list[Act] = Field(description="who submitted, retried, canceled and deleted it; at most the last 100")
    version: int = Field(description="increases with every change; with `waiting_for`, also the ETag")
    links: JobLinks

    @classmethod
    def of(cls, job: documents.Job, now: datetime, waiting_for: str | None = None) -> "Job":
        counts = job.current_counts()
        rate = _rate(job, now)
        return cls(
            id=job.id,
            kind=job.kind,
            state=job.state,
            run=job.run,
            source=SOURCE.validate_python(job.source.model_dump()),
            options=job.options,
            checkpoint=job.checkpoint,
            labels=job.labels,
            deadline=job.deadline,
            keep=_keep(job),
            expires_at=job.expires_at,
            deletion=_deletion(job),
            webhook=_webhook(job),
            items=job.totals.items if job.totals else None,
            counts=counts,
            skip_reasons=job.totals.skipped if job.totals else {},
            renamed=_renamed(job.totals) if job.totals else Renamed(),
            verdicts=job.verdicts,
            progress=round(counts.finished / counts.total, 4) if counts.total else 0.0,
            rate=round(rate, 3) if rate else None,
            eta_seconds=round(counts.pending / rate, 1) if rate else None,
            waiting_for=waiting_for,
            error=Failure.model_validate(job.error.model_dump()) if job.error else None,
            created_at=job.created_at,
            sealed_at=job.sealed_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
            owner=job.owner,
            history=[Act.of(act) for act in job.history],
            version=job.version,
            links=_links(job),
        )


class RetryRequest(BaseModel):
    """The body of a retry. Without one, all that failed, expired or was canceled is retried."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"items": [3, 17]}]})

    items: Annotated[list[ItemIndex], at_most(MOST_ITEMS)] = Field(
        min_length=1, max_length=MOST_ITEMS, description="indexes of failed items; the others stay as they are"
    )


class JobPage(BaseModel):
    model_config = documented_by({"data": [JOB], "next_cursor": None})

    data: list[Job]
    next_cursor: str | None = Field(description="pass it as `after` for the next page; null on the last one")


# Over a shorter time, a rate would say more about when it was read than about the workers.
SHORTEST_SPAN_SECONDS = 0.5


def job_path(job_id: str) -> str:
    return f"/v1/jobs/{job_id}"


def _keep(job: documents.Job) -> str:
    return FOREVER if job.keep_seconds is None else format_duration(timedelta(seconds=job.keep_seconds))


def why_retired(job: documents.Job) -> str:
    return f"The job was to be kept for {_keep(job)} after its end."


def _deletion(job: documents.Job) -> Deletion | None:
    retirement = job.retirement
    if retirement is None:
        return None
    return Deletion(code="retention", detail=why_retired(job), state=retirement.after, at=retirement.completed_at)


def _webhook(job: documents.Job) -> str | None:
    """The URL of the service's settings is the operator's, and may contain a secret."""
    return job.webhook.url if job.webhook and job.webhook.signer != SERVICE else None


def _renamed(totals: documents.Totals) -> Renamed:
    return Renamed(count=totals.renamed, first=[Renaming.of(each) for each in totals.first_renamed])


def _rate(job: documents.Job, now: datetime) -> float | None:
    throughput = throughput_of(job, now) if job.state is JobState.RUNNING else None
    return throughput.rate if throughput and throughput.seconds >= SHORTEST_SPAN_SECONDS else None


def _links(job: documents.Job) -> JobLinks:
    path = job_path(job.id)
    if not job.state.is_kept:
        return JobLinks(self=path)
    terminal = job.state.is_terminal
    single_result = job.kind is JobKind.SINGLE and job.state is JobState.SUCCEEDED
    return JobLinks(
        self=path,
        items=f"{path}/items",
        cancel=None if terminal else f"{path}/cancel",
        retry=f"{path}/retry" if job.state in RETRYABLE else None,
        results=f"{path}/results.zip" if terminal else None,
        report=f"{path}/report.jsonl",
        result=f"{path}/items/0/result" if single_result else None,
    )
