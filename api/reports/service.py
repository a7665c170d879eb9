"""Writing a report, chunk by chunk: it may be larger than memory."""

from collections.abc import AsyncGenerator

from api.dependencies import Gateway
from api.items.service import state_of, stored_state
from api.reports.formats import ReportFormat
from api.reports.schemas import ReportRow
from shared.chunks.documents import Item
from shared.jobs.documents import Job
from shared.lifecycle import ItemState


async def report_lines(
    gateway: Gateway, job: Job, report_format: ReportFormat, state: ItemState | None = None
) -> AsyncGenerator[bytes, None]:
    """Of all items, or of those in this state."""
    columns = job.listing.columns if job.listing else ()
    header = report_format.header(columns)
    # An unsealed job has no items, even if it has chunks already.
    async for chunk in gateway.chunks.in_order(job, stop=job.chunks or 0, having=stored_state(state)):
        items = [item for item in chunk.items if state in (None, state_of(job, item))]
        lines = (report_format.line(row, columns) for item in items for row in _rows(job, item))
        yield (header + "".join(lines)).encode()
        header = ""
    yield header.encode()


def _rows(job: Job, item: Item) -> list[ReportRow]:
    rows = [ReportRow.of(job, item, member, result) for member, result in item.results_by_member()]
    return rows or [ReportRow.of(job, item)]
