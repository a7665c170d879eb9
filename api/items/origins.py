"""The other job whose pictures a new one is to colorize, and its items."""

from pathlib import PurePosixPath

from api.dependencies import Gateway
from api.items.errors import ItemNotFound, NoItems
from api.jobs.errors import JobNotFound
from api.jobs.service import find_kept_job
from api.options.checks import check_hints
from api.options.errors import InvalidOption
from api.sources.schemas import JobSource
from shared.jobs.documents import Job, JobKind, SharedSource
from shared.jobs.options import Options


async def find_origin(gateway: Gateway, source: JobSource, options: Options) -> tuple[Job, SharedSource]:
    """The other job, and the source that the new one has. Raises JobNotFound, JobDeleted, NoItems, ItemNotFound,
    BucketNotAllowed, InvalidOption, HintsOnSeveral.
    """
    origin = await find_kept_job(gateway, source.job)
    if origin.owner != gateway.owner:  # An admin sees it, but an owner's jobs share sources among themselves only.
        raise JobNotFound(f"There is no job {source.job!r} of yours.")
    shared = await _shared(gateway, origin, source)
    if shared.bucket is not None:
        gateway.buckets.find(shared.bucket)
    if options.name_encoding is not None:
        raise InvalidOption.of(("name_encoding", "not available here: the names are those of the other job"))
    check_hints(options, kind_of(shared))
    return origin, shared


def kind_of(source: SharedSource) -> JobKind:
    return JobKind.SINGLE if source.count == 1 else JobKind.BULK


async def _shared(gateway: Gateway, origin: Job, source: JobSource) -> SharedSource:
    items = origin.totals.items if origin.totals else 0
    if not items:
        raise NoItems(f"{origin.id} has no items{_reason(origin)}")
    if source.items and source.items[-1] >= items:
        raise ItemNotFound(f"{origin.id} has no item {source.items[-1]}; its last one is {items - 1}.")
    return SharedSource(
        job=origin.id,
        root=origin.root,
        items=source.items,
        count=items if source.items is None else len(source.items),
        filename=await _filename(gateway, origin, source),
        bucket=origin.source.bucket,
    )


async def _filename(gateway: Gateway, origin: Job, source: JobSource) -> str | None:
    """A job of one picture is known by that."""
    if source.items is not None and len(source.items) == 1:
        async for item in gateway.chunks.items(origin, source.items):
            return PurePosixPath(item.name).name or origin.source.filename
    return origin.source.filename


def _reason(origin: Job) -> str:
    if not origin.state.is_terminal:
        return f" yet: it is {origin.state}. Repeat this once it is running."
    return f": {origin.error.detail}" if origin.error else "."
