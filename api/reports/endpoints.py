"""`GET /v1/jobs/{job_id}/report.jsonl` and `.csv`: a record of what became of every item."""

import json

from fastapi import APIRouter
from starlette.responses import Response

from api.dependencies import Gateway, GatewayOf, JobId
from api.examples import REPORT_ROW
from api.http.downloads import Download, StartedStream, download_headers
from api.http.errors import InvalidRequest
from api.http.headers import DOWNLOAD_HEADERS, binary
from api.http.problems import declare
from api.jobs.errors import JobDeleted, JobNotFound, NotFinished
from api.jobs.service import find_finished_job
from api.reports.formats import CSV, FIELDS, JSON_LINES, ReportFormat
from api.reports.service import report_lines
from shared.errors import Unavailable

router = APIRouter(prefix="/jobs/{job_id}", tags=["jobs"])

FAILURES = declare(JobNotFound, JobDeleted, InvalidRequest, NotFinished, Unavailable)


@router.get(
    "/report.jsonl",
    summary="Download the report as JSON lines",
    response_class=Response,
    responses={
        200: {
            "description": "One object per line, for each result and each item without one; names as given.",
            "headers": DOWNLOAD_HEADERS,
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
async def get_report(gateway: GatewayOf, job_id: JobId) -> Response:
    """Every item of a finished job in the archive's own order, including those without a result.

    An item with several variants has a line for each.
    """
    return await _report_response(gateway, job_id, JSON_LINES)


@router.get(
    "/report.csv",
    summary="Download the report as CSV",
    response_class=Response,
    responses={
        200: {
            "description": "A header, then the same rows (RFC 4180, UTF-8). Text that a spreadsheet would take for a "
            "formula is prefixed with `'`.",
            "headers": DOWNLOAD_HEADERS,
            "content": {"text/csv": {"schema": {"type": "string"}, "example": ",".join(FIELDS)}},
        },
        **FAILURES,
    },
)
async def get_report_as_csv(gateway: GatewayOf, job_id: JobId) -> Response:
    """The same as `report.jsonl`, for spreadsheets."""
    return await _report_response(gateway, job_id, CSV)


async def _report_response(gateway: Gateway, job_id: str, report_format: ReportFormat) -> Response:
    job = await find_finished_job(gateway, job_id)
    lines = await StartedStream.of(report_lines(gateway, job, report_format))
    headers = download_headers(f"{job.id}-report.{report_format.extension}")
    return Download(lines, headers, report_format.media_type)
