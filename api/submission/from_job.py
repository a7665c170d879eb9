"""Submitting the pictures of another job. Their bytes still belong to the job that they came with."""

from api.dependencies import Gateway
from api.items.origins import find_origin, kind_of
from api.items.service import find_item
from api.sources.schemas import JobSource
from api.submission.job_documents import JobParameters, new_job
from shared.chunks.documents import Item, copied, new_chunk
from shared.jobs.documents import Job, JobKind, SharedSource, Totals
from shared.jobs.totals import totals_with
from shared.queue import Queue


async def job_of_job(
    gateway: Gateway, job_id: str, parameters: JobParameters, source: JobSource, fingerprint: str
) -> Job:
    """A single is sealed here; the expander of a bulk job copies its items. Raises what `find_origin` does."""
    origin, shared = await find_origin(gateway, source, parameters.options)
    kind = kind_of(shared)
    item = await _only_item(gateway, origin, shared) if kind is JobKind.SINGLE else None
    if item is not None:
        await gateway.chunks.insert([new_chunk(job_id, 0, Queue.INTERACTIVE, [item])])
    totals = totals_with(Totals(items=0, bytes=0), [item]) if item else None
    job = new_job(gateway, job_id, parameters, kind=kind, source=shared, fingerprint=fingerprint, totals=totals)
    # So the chunks of the other job can be found by the indexes of its items.
    return job.model_copy(update={"listing": origin.listing, "chunk_items": origin.chunk_items})


async def _only_item(gateway: Gateway, origin: Job, shared: SharedSource) -> Item:
    return copied(await find_item(gateway, origin, shared.items[0] if shared.items else 0), 0)


async def confirm(gateway: Gateway, job: Job) -> bool:
    """Call after the insert. False: the deletion of the job whose source it shares has begun, so it was taken back."""
    if not isinstance(job.source, SharedSource):
        return True
    return await gateway.shared_sources.confirm(job.id, job.source.job)
