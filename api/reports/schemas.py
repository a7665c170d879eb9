"""A line of a report."""

from pydantic import BaseModel, Field

from api.examples import REPORT_ROW, documented_by
from api.http.timestamps import Timestamp
from api.items.service import error_of, state_of
from api.jobs.schemas import Act
from shared.chunks.documents import Item, Result
from shared.jobs.documents import Job
from shared.jobs.options import ResultFormat
from shared.lifecycle import ItemState
from shared.verdicts import Verdict


class ReportRow(BaseModel):
    """A result, or an item without one. In CSV, `timings_ms` is a cell of JSON, null is empty, and each of `columns`
    is a column whose name starts with `column_`.
    """

    model_config = documented_by(REPORT_ROW)

    index: int = Field(description="from 0, in the archive's own order")
    name: str = Field(description="as in the archive")
    variant: int | None = Field(description="number of the variant, from 1; null without a result")
    seed: int | None = Field(description="the seed of this variant")
    member: str | None = Field(description="its path in `results.zip`")
    state: ItemState
    error_code: str | None = Field(description="why it failed, was skipped or expired")
    error_detail: str | None
    notes: list[str] = Field(description="codes of what is worth knowing about its source; in CSV a cell of JSON")
    media_type: str | None
    width: int | None
    height: int | None
    bytes: int | None
    sha256: str | None
    model: str | None = Field(description="the model that colorized it")
    checkpoint: str | None = Field(description="SHA-256 of the model's weights")
    vividness: float | None = Field(description="with which it was colorized")
    hints: int | None = Field(description="how many hints it was given")
    format: ResultFormat | None = Field(description="of the results, as the job asked; `same` as the source")
    quality: int | None = Field(description="of the results, as the job asked; null for the format's default")
    timings_ms: dict[str, float] | None = Field(description="of the item: all variants together")
    verdict: Verdict | None = Field(description="what somebody decided about the item")
    judged_by: str | None = Field(description="the owner of the key with which it was decided")
    judged_at: Timestamp | None
    name_bytes: str | None = Field(
        description="base64 of the name as stored, unless `name` is the same in UTF-8; cut to 1 KB"
    )
    job_history: list[Act] = Field(
        description="who submitted and retried the job, though not necessarily this item; in CSV a cell of JSON"
    )
    columns: dict[str, str] | None = Field(description="the other columns of its row in the manifest")

    @classmethod
    def of(cls, job: Job, item: Item, member: str | None = None, result: Result | None = None) -> "ReportRow":
        error = error_of(job, item)
        options = job.options if result else None
        return cls(
            index=item.index,
            name=item.name,
            variant=result.variant if result else None,
            seed=result.seed if result else None,
            member=member,
            state=state_of(job, item),
            error_code=error.code if error else None,
            error_detail=error.detail if error else None,
            notes=[note.code for note in item.notes],
            media_type=result.media_type if result else None,
            width=result.width if result else None,
            height=result.height if result else None,
            bytes=result.bytes if result else None,
            sha256=result.sha256 if result else None,
            model=options.model if options else None,
            checkpoint=result.checkpoint if result else None,
            vividness=options.vividness if options else None,
            hints=len(options.hints) if options else None,
            format=options.format if options else None,
            quality=options.quality if options else None,
            timings_ms=item.timings_ms,
            verdict=item.verdict,
            judged_by=item.judgment.owner if item.judgment else None,
            judged_at=item.judgment.at if item.judgment else None,
            name_bytes=item.name_bytes,
            job_history=[Act.of(act) for act in job.history],
            columns=item.columns,
        )
