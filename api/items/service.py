"""Reading a job's items. Each chunk has `chunk_items` of them, so an index determines which document to read."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Literal

from pydantic import Field

from api.dependencies import Gateway
from api.http.cursors import Cursor, read_cursor, write_cursor
from api.items.errors import (
    ItemCanceled,
    ItemExpired,
    ItemFailed,
    ItemNotFound,
    ItemSkipped,
    NoPreview,
    NotReady,
    VariantNotFound,
)
from api.jobs.service import find_kept_job
from shared.chunks.documents import Chunk, Item, Previews
from shared.documents import Failure
from shared.jobs.documents import Job
from shared.lifecycle import ItemState, JobState
from shared.verdicts import Verdict

EXPIRED = Failure(code="deadline_passed", detail="The job's deadline passed before a worker started on it.")


# Of results that nobody has judged yet.
NO_VERDICT: Literal["none"] = "none"
VerdictFilter = Verdict | Literal["none"]


class ItemCursor(Cursor):
    index: int = Field(ge=0, lt=2**31)


def state_of(job: Job, item: Item) -> ItemState:
    """The state to show: what an ended job left pending will never be processed."""
    if job.state.is_terminal and item.state is ItemState.PENDING:
        return ItemState.CANCELED if job.state is JobState.CANCELED else ItemState.EXPIRED
    return item.state


def error_of(job: Job, item: Item) -> Failure | None:
    """The error to show."""
    return EXPIRED if state_of(job, item) is ItemState.EXPIRED else item.error


async def find_item(gateway: Gateway, job: Job, index: int) -> Item:
    """Raises ItemNotFound. A job has no items before it is sealed."""
    return (await find_chunk(gateway, job, index)).items[index % job.chunk_items]


async def find_chunk(gateway: Gateway, job: Job, index: int) -> Chunk:
    """The chunk with that item. Raises ItemNotFound."""
    chunk = None
    if job.totals is not None and index < job.totals.items:
        chunk = await gateway.chunks.get(job, index // job.chunk_items)
    if chunk is None:
        raise ItemNotFound(f"The job has no item {index}.")
    return chunk


async def list_items(
    gateway: Gateway,
    job: Job,
    state: ItemState | None,
    start: int = 0,
    *,
    after: str | None,
    limit: int,
    verdict: VerdictFilter | None = None,
) -> tuple[list[Item], str | None]:
    """A page in the archive's order, and the cursor of the next page. Raises InvalidCursor."""
    scope = f"items of {job.id}"
    cursor = read_cursor(ItemCursor, after, scope)
    first = max(start, cursor.index + 1 if cursor else 0)
    page: list[Item] = []
    async with aclosing(_items(gateway, job, state, verdict, first)) as items:
        async for item in items:
            if len(page) == limit:
                return page, write_cursor(ItemCursor(index=page[-1].index), scope)
            page.append(item)
    return page, None


async def _items(
    gateway: Gateway, job: Job, state: ItemState | None, verdict: VerdictFilter | None, first: int
) -> AsyncGenerator[Item, None]:
    if job.chunks is None:
        return
    having = ItemState.SUCCEEDED if verdict == NO_VERDICT and state is None else stored_state(state)
    given = verdict if isinstance(verdict, Verdict) else None
    chunks = gateway.chunks.in_order(job, first=first // job.chunk_items, having=having, verdict=given)
    async for chunk in chunks:
        for item in chunk.items:
            is_in_state = state in (None, state_of(job, item))
            if item.index >= first and is_in_state and _has_verdict(item, verdict):
                yield item


def _has_verdict(item: Item, verdict: VerdictFilter | None) -> bool:
    if verdict == NO_VERDICT:
        return item.state is ItemState.SUCCEEDED and item.judgment is None
    return verdict in (None, item.verdict)


def stored_state(state: ItemState | None) -> ItemState | None:
    """The state in which items that are shown in this one are stored: see `state_of`."""
    return ItemState.PENDING if state in (ItemState.CANCELED, ItemState.EXPIRED) else state


def check_result(job: Job, item: Item, variant: int) -> None:
    """Raises VariantNotFound, NotReady, or why the item has no result, unless it has that one."""
    if variant > job.options.variants:
        raise VariantNotFound(f"There is no variant {variant}: the job makes {job.options.variants} of each picture.")
    state = state_of(job, item)
    reason = f": {item.error.detail} ({item.error.code})" if item.error else "."
    if state is ItemState.PENDING:
        raise NotReady(f"Item {item.index} has not finished yet. Retry later.")
    if state is ItemState.FAILED:
        raise ItemFailed(f"Item {item.index} has no result because it failed{reason}")
    if state is ItemState.SKIPPED:
        raise ItemSkipped(f"Item {item.index} has no result because it was skipped{reason}")
    if state is ItemState.EXPIRED:
        raise ItemExpired(f"Item {item.index} has no result: {EXPIRED.detail}")
    if state is ItemState.CANCELED:
        raise ItemCanceled(f"Item {item.index} has no result because its job was canceled.")


async def find_previews(gateway: Gateway, job_id: str, index: int) -> tuple[Item, Previews]:
    """Raises JobNotFound, JobDeleted, ItemNotFound, what `check_result` does, and NoPreview."""
    job = await find_kept_job(gateway, job_id)
    item = await find_item(gateway, job, index)
    check_result(job, item, 1)
    if item.previews is None:
        raise NoPreview(f"Item {index} was colorized before there were previews. Use its result instead.")
    return item, item.previews
