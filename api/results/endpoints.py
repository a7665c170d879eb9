"""`GET /v1/jobs/{job_id}/results.zip`: all results as one archive, generated while it is downloaded, never stored."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.dependencies import Gateway, GatewayOf, JobId
from api.http.downloads import Content, RangeRequestOf, content_response, download_route
from api.http.errors import InvalidRequest, RangeNotSatisfiable
from api.http.headers import RANGE_HEADERS, binary, headers
from api.http.problems import declare
from api.items.spans import ItemsParameter, parse_spans
from api.jobs.errors import JobDeleted, JobNotFound, NotFinished
from api.jobs.filenames import file_stem
from api.jobs.service import find_finished_job
from api.results.errors import ResultsChanged
from api.results.zip_format import EDITION
from api.results.zip_layout import ArchiveLayout, LayoutCache, Selection
from api.results.zip_stream import measure_archive, measure_selected, stream_archive
from shared.errors import Unavailable
from shared.jobs.documents import Job
from shared.verdicts import Verdict

router = APIRouter(prefix="/jobs/{job_id}", tags=["jobs"])

ZIP = {"content": binary("application/zip")}
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Every result under its path, which starts with `variant-1/`, `variant-2/` … if there are "
        "several variants. The length is known in advance.",
        "headers": RANGE_HEADERS,
        **ZIP,
    },
    206: {"description": "The requested range.", "headers": RANGE_HEADERS | headers("Content-Range"), **ZIP},
    304: {"description": "`If-None-Match` matches it.", "headers": headers("ETag")},
    **declare(
        JobNotFound,
        JobDeleted,
        InvalidRequest,
        NotFinished,
        ResultsChanged,
        RangeNotSatisfiable,
        Unavailable,
    ),
}


async def layouts_of(request: Request) -> LayoutCache:
    layouts: LayoutCache = request.app.state.layouts
    return layouts


@download_route(router, "/results.zip", summary="Download all results, or some", responses=RESPONSES)
async def get_results(
    *,
    request: RangeRequestOf,
    gateway: GatewayOf,
    job_id: JobId,
    layouts: Annotated[LayoutCache, Depends(layouts_of)],
    verdict: Annotated[Verdict | None, Query(description="only results with this verdict")] = None,
    items: ItemsParameter = None,
) -> Response:
    """One zip of all results of a finished job. The same run gives the same bytes, so a download can be resumed; with a
    `verdict`, as long as no other is given.
    """
    job = await find_finished_job(gateway, job_id)
    selection = Selection(verdict, parse_spans(items, job.totals.items if job.totals else 0) if items else None)
    tag, layout = await (_all(gateway, layouts, job) if selection.is_all else _some(gateway, job, selection))
    archive = Content(
        size=layout.size,
        tag=tag,
        filename=_filename(job, selection),
        media_type="application/zip",
        open=partial(stream_archive, gateway, job, layout),
    )
    return await content_response(archive, request)


def _filename(job: Job, selection: Selection) -> str:
    stem = file_stem(job)
    parts = [f"{stem}-colorized" if stem else job.id, selection.verdict, "selection" if selection.items else None]
    return f"{'-'.join(filter(None, parts))}.zip"


async def _all(gateway: Gateway, layouts: LayoutCache, job: Job) -> tuple[str, ArchiveLayout]:
    tag = _tag(job)
    layout = layouts.get(tag)
    if layout is None:
        layout = await measure_archive(gateway, job)
        layouts.put(tag, layout)
    return tag, layout


async def _some(gateway: Gateway, job: Job, selection: Selection) -> tuple[str, ArchiveLayout]:
    """Measured at each request: the job does not know for sure which verdicts its chunks have recorded last."""
    layout = await measure_selected(gateway, job, selection)
    return f"{_tag(job)}.{selection.verdict or 'items'}.{layout.directory[:32]}", layout


def _tag(job: Job) -> str:
    return f"{job.id}.{job.run}.{EDITION}"
