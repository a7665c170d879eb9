"""`GET /v1/jobs/{job_id}/report.jsonl` and `.csv`: what became of every item, for those who keep a record of it."""

import csv
import io
import json
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from api import errors
from api.dependencies import Gateway, GatewayOf, JobId, Owner
from api.examples import REPORT_ROW, shown_as
from api.http.downloads import Begun, Download, described
from api.http.problems import declare
from api.items.service import state_of
from api.jobs.service import find_finished_job
from shared.chunks.documents import Item, Result
from shared.errors import Unavailable
from shared.jobs.documents import Job
from shared.lifecycle import ItemState

router = APIRouter(prefix="/jobs/{job_id}", tags=["jobs"])

# What a spreadsheet takes for a formula, or for a way to begin one (OWASP, "CSV Injection").
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class ReportRow(BaseModel):
    """One result, or an item that has none. In CSV `timings_ms` is JSON in a cell, what is null is empty, and each of
    `columns` is a column of its own, `column_` before its name.
    """

    model_config = shown_as(REPORT_ROW)

    index: int = Field(description="from 0, in the archive's own order")
    name: str = Field(description="as the archive gives it")
    variant: int | None = Field(description="which coloring of the picture, from 1; null without a result")
    seed: int | None = Field(description="what it was drawn with")
    member: str | None = Field(description="its path in `results.zip`")
    state: ItemState
    error_code: str | None = Field(description="why it failed or was skipped")
    error_detail: str | None
    media_type: str | None
    width: int | None
    height: int | None
    bytes: int | None
    sha256: str | None
    model: str | None = Field(description="what colorized it")
    checkpoint: str | None = Field(description="SHA-256 of the model's weights")
    timings_ms: dict[str, float] | None = Field(description="of the item, all of its variants together")
    columns: dict[str, str] | None = Field(description="what the manifest says of it beside its key")

    @classmethod
    def of(cls, job: Job, item: Item, member: str | None = None, result: Result | None = None) -> "ReportRow":
        return cls(
            index=item.index,
            name=item.name,
            variant=result.variant if result else None,
            seed=result.seed if result else None,
            member=member,
            state=state_of(job, item),
            error_code=item.error.code if item.error else None,
            error_detail=item.error.detail if item.error else None,
            media_type=result.media_type if result else None,
            width=result.width if result else None,
            height=result.height if result else None,
            bytes=result.bytes if result else None,
            sha256=result.sha256 if result else None,
            model=job.options.model if result else None,
            checkpoint=result.checkpoint if result else None,
            timings_ms=item.timings_ms,
            columns=item.columns,
        )


# Of a CSV; behind them come the columns of the manifest.
FIELDS = [name for name in ReportRow.model_fields if name != "columns"]
FAILURES = declare(errors.JobNotFound, errors.JobDeleted, errors.InvalidRequest, errors.NotFinished, Unavailable)


@router.get(
    "/report.jsonl",
    summary="Download the report as JSON lines",
    response_class=Response,
    responses={
        200: {
            "description": "One object per line, for each result and each item without one; names as given.",
            "content": {
                "application/x-ndjson": {
                    "schema": {"$ref": "#/components/schemas/ReportRow"},
                    "example": json.dumps(REPORT_ROW) + "\n",
                }
            },
        },
        **FAILURES,
    },
)
async def get_report(gateway: GatewayOf, owner: Owner, job_id: JobId) -> Response:
    """Every item of a job that is over, in the archive's own order; those without a result, too.

    An item with several variants has a line for each.
    """
    return await _report(gateway, owner, job_id, JSON_LINES)


@router.get(
    "/report.csv",
    summary="Download the report as CSV",
    response_class=Response,
    responses={
        200: {
            "description": "A header, and the same as records (RFC 4180, UTF-8). A text that a spreadsheet would take "
            "for a formula has a `'` before it.",
            "content": {"text/csv": {"schema": {"type": "string"}, "example": ",".join(FIELDS)}},
        },
        **FAILURES,
    },
)
async def get_report_as_csv(gateway: GatewayOf, owner: Owner, job_id: JobId) -> Response:
    """The same as `report.jsonl`, for spreadsheets."""
    return await _report(gateway, owner, job_id, CSV)


def json_line(row: ReportRow, _: Sequence[str]) -> str:
    return f"{row.model_dump_json()}\n"


def csv_line(row: ReportRow, columns: Sequence[str] = ()) -> str:
    """`columns` are those of the manifest, in their order."""
    values = row.model_dump(mode="json")
    own = values.pop("columns") or {}
    return _csv_record(_cell(value) for value in (*values.values(), *map(own.get, columns)))


def csv_header(columns: Sequence[str] = ()) -> str:
    return _csv_record((*FIELDS, *(f"column_{name}" for name in columns)))


def _cell(value: Any) -> Any:
    """Names are other people's: as a formula one could do what it likes with whoever opens the file."""
    if isinstance(value, dict):
        return json.dumps(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def _csv_record(cells: Iterable[Any]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()


@dataclass(frozen=True, slots=True)
class _Form:
    extension: str
    media_type: str
    header: Callable[[Sequence[str]], str]
    line: Callable[[ReportRow, Sequence[str]], str]


JSON_LINES = _Form("jsonl", "application/x-ndjson", lambda _: "", json_line)
CSV = _Form("csv", "text/csv; charset=utf-8; header=present", csv_header, csv_line)


async def _report(gateway: Gateway, owner: str, job_id: str, form: _Form) -> Response:
    job = await find_finished_job(gateway, owner, job_id)
    lines = await Begun.of(_lines(gateway, job, form))
    return Download(lines, described(f"{job.id}-report.{form.extension}"), form.media_type)


def _rows(job: Job, item: Item) -> list[ReportRow]:
    return [ReportRow.of(job, item, member, result) for member, result in item.filed()] or [ReportRow.of(job, item)]


async def _lines(gateway: Gateway, job: Job, form: _Form) -> AsyncGenerator[bytes, None]:
    """A chunk at a time: a report may be longer than memory."""
    columns = job.listing.columns if job.listing else ()
    lead = form.header(columns)
    # An unsealed job has no items, whatever chunks there are.
    async for chunk in gateway.chunks.in_order(job.id, stop=job.chunks or 0):
        yield (lead + "".join(form.line(row, columns) for item in chunk.items for row in _rows(job, item))).encode()
        lead = ""
    yield lead.encode()
