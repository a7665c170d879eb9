"""`GET /v1/jobs/{job_id}/report.jsonl` and `.csv`: a record of what became of every item."""

import json
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.dependencies import Gateway, GatewayOf, JobId
from api.examples import REPORT_ROW
from api.http.downloads import Download, StartedStream, download_headers
from api.http.errors import InvalidRequest
from api.http.headers import DOWNLOAD_HEADERS, binary, headers
from api.http.problems import declare
from api.jobs.errors import JobDeleted, JobNotFound
from api.jobs.filenames import file_stem
from api.jobs.service import find_kept_job
from api.reports.formats import CSV, CSV_WITH_BOM, FIELDS, JSON_LINES, ReportFormat
from api.reports.service import report_lines
from shared.errors import Unavailable
from shared.lifecycle import ItemState

router = APIRouter(prefix="/jobs/{job_id}", tags=["jobs"])

COMPLETE = "Report-Complete"
StateParameter = Annotated[ItemState | None, Query(description="only items in this state, such as those that failed")]
BomParameter = Annotated[bool, Query(description="begin with a byte order mark, which Excel needs to recognize UTF-8")]
REPORT_HEADERS = DOWNLOAD_HEADERS | headers(COMPLETE)
FAILURES = declare(JobNotFound, JobDeleted, InvalidRequest, Unavailable)


@router.get(
    "/report.jsonl",
    summary="Download the report as JSON lines",
    response_class=Response,
    responses={
        200: {
            "description": "One object per line, for each result and each item without one; names as given.",
            "headers": REPORT_HEADERS,
            "content": {
                **binary(),
                "application/x-ndjson": {
                    "schema": {"$ref": "#/components/schemas/ReportRow"},
                    "example": json.dumps(REPORT_ROW) + "\n",
                },
            },
        },
        **FAILURES,
    },
)
async def get_report(gateway: GatewayOf, job_id: JobId, state: StateParameter = None) -> Response:
    """Every item in the archive's own order, including those without a result. An item with several variants has a
    line for each.

    While the job runs this is a snapshot, and `Report-Complete` is `false`: each line shows its item at some moment
    during the request, what is not finished is `pending`, and before the source's index has been read there are no
    lines.
    """
    return await _report_response(gateway, job_id, JSON_LINES, state)


@router.get(
    "/report.csv",
    summary="Download the report as CSV",
    response_class=Response,
    responses={
        200: {
            "description": "A header, then the same rows (RFC 4180, UTF-8). Text that a spreadsheet would take for a "
            "formula is prefixed with `'`.",
            "headers": REPORT_HEADERS,
            "content": {"text/csv": {"schema": {"type": "string"}, "example": ",".join(FIELDS)}},
        },
        **FAILURES,
    },
)
async def get_report_as_csv(
    gateway: GatewayOf, job_id: JobId, state: StateParameter = None, bom: BomParameter = False
) -> Response:
    """The same as `report.jsonl`, for spreadsheets."""
    return await _report_response(gateway, job_id, CSV_WITH_BOM if bom else CSV, state)


async def _report_response(
    gateway: Gateway, job_id: str, report_format: ReportFormat, state: ItemState | None
) -> Response:
    job = await find_kept_job(gateway, job_id)
    lines = await StartedStream.of(report_lines(gateway, job, report_format, state))
    complete = {COMPLETE: "true" if job.state.is_terminal else "false"}
    name = "-".join(filter(None, (file_stem(job) or job.id, "report", state)))
    file = download_headers(f"{name}.{report_format.extension}")
    return Download(lines, {**file, **complete}, report_format.media_type)
