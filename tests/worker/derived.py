"""Jobs that share the source of another, as the gateway inserts them."""

from typing import Any

from shared.clock import utc_now
from shared.jobs.documents import Job, JobKind, SharedSource
from shared.jobs.options import Options
from tests.fixtures.worker import MODEL, Workplace


def derived(origin: Job, items: list[int] | None = None, *, confirmed: bool = True, **fields: Any) -> Job:
    """A bulk job of these items of a sealed one."""
    assert origin.totals is not None
    count = origin.totals.items if items is None else len(items)
    source = SharedSource(
        job=origin.id,
        root=origin.root,
        items=items,
        count=count,
        filename=origin.source.filename,
        bucket=None,
        confirmed=confirmed,
    )
    known = {"owner": origin.owner, "kind": JobKind.BULK, "source": source, "options": Options(model=MODEL)}
    taken = {"listing": origin.listing, "chunk_items": origin.chunk_items, "created_at": utc_now()}
    return Job.model_validate({**known, **taken, **fields})


async def submit_derived(workplace: Workplace, origin: Job, items: list[int] | None = None, **fields: Any) -> Job:
    """Inserted, but not sent."""
    job = derived(origin, items, **fields)
    await workplace.stores.jobs.insert(job)
    return job
