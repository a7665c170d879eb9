"""Submitting: from arriving bytes to an accepted job, in the one order that loses nothing and leaves nothing behind.

uploads document (reserves the Idempotency-Key) → bytes → a single's chunk → the job, which is the commit point →
uploads document away → message. Before the commit every failure removes all traces; after it none is reported.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from api.dependencies import Gateway
from api.errors import IdempotencyMismatch, UploadSwept
from api.jobs.body import Recognized, capped, recognize
from api.jobs.request import Incoming
from shared.archives.entries import whole_object
from shared.archives.names import MemberNames
from shared.chunks.documents import Chunk, Item, new_chunk
from shared.clock import utc_now
from shared.errors import PhotochromError, Unavailable
from shared.ids import new_job_id
from shared.jobs.documents import Idempotency, Job, JobKind, Source, Totals
from shared.jobs.options import Options
from shared.jobs.store import IdempotencyKeyTaken
from shared.members import extension_of
from shared.queue import Queue
from shared.storage.keys import job_prefix, source_key

log = structlog.get_logger()

TOUCH_SECONDS = 5.0
MOST_PARTS = 9_999

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Submitted:
    """`replayed`: the job was there before, made by an earlier request with the same Idempotency-Key."""

    job: Job
    replayed: bool = False


async def submit(gateway: Gateway, owner: str, incoming: Incoming) -> Submitted:
    """Raises what reading the body does, InvalidOption, UploadInFlight, IdempotencyMismatch, Unavailable."""
    gateway.catalogue.resolve(incoming.options)
    body = await recognize(incoming.content)
    winner = await _winner(gateway, owner, incoming)
    if winner is None:
        job_id = new_job_id()
        await gateway.uploads.begin(job_id, owner, incoming.idempotency_key)
        try:
            # Again, now that nobody with this key can be between its upload and its job.
            winner = await _winner(gateway, owner, incoming)
            if winner is None:
                job = await _store(gateway, job_id, owner, incoming, body)
        except BaseException:
            await to_the_end(_discard(gateway, job_id))
            raise
        if winner is None:
            return await to_the_end(_commit(gateway, job))
        await gateway.uploads.end(job_id)
    # The content decides whether this is the same request, so it is read, but not stored.
    digest = hashlib.sha256()
    async for chunk in body.content:
        digest.update(chunk)
    return _replayed(winner, fingerprint(digest.hexdigest(), incoming.options))


def fingerprint(sha256: str, options: Options) -> str:
    """What makes two requests the same: their content, and the options as asked for, not as resolved since."""
    return hashlib.sha256(f"{sha256}\n{options.model_dump_json()}".encode()).hexdigest()


async def to_the_end(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Await it whole, even if this task is canceled meanwhile; the cancellation comes through afterwards."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


async def _winner(gateway: Gateway, owner: str, incoming: Incoming) -> Job | None:
    if incoming.idempotency_key is None:
        return None
    return await gateway.jobs.get_by_idempotency_key(owner, incoming.idempotency_key)


def _replayed(winner: Job, own_fingerprint: str) -> Submitted:
    if winner.idempotency is None or winner.idempotency.fingerprint != own_fingerprint:
        raise IdempotencyMismatch(
            f"This Idempotency-Key belongs to {winner.id}, which has another content or other options."
        )
    return Submitted(winner, replayed=True)


async def _store(gateway: Gateway, job_id: str, owner: str, incoming: Incoming, body: Recognized) -> Job:
    """Store the bytes, and a single's chunk; returns the job to be. Whoever calls cleans up if this raises."""
    settings = gateway.settings
    limit = int(settings.max_picture_bytes if body.kind is JobKind.SINGLE else settings.max_body_bytes)
    part_bytes = int(settings.upload_part_bytes)
    if incoming.at_most is None:
        limit = min(limit, part_bytes * MOST_PARTS)
    else:
        part_bytes = max(part_bytes, -(-incoming.at_most // MOST_PARTS))
    key = source_key(job_id)
    async with _kept_touched(gateway, job_id):
        stored = await gateway.storage.put_stream(key, capped(body.content, limit), body.media_type, part_bytes)
    source = Source(
        key=key,
        filename=incoming.filename,
        media_type=body.media_type,
        bytes=stored.bytes,
        sha256=stored.sha256,
    )
    job = _new_job(gateway, job_id, owner, incoming, body.kind, source)
    if job.kind is JobKind.SINGLE:
        await gateway.chunks.insert([_only_chunk(job, stored.crc32)])
    return job


def _new_job(gateway: Gateway, job_id: str, owner: str, incoming: Incoming, kind: JobKind, source: Source) -> Job:
    """A single is sealed from the start: it is known to have one item."""
    now = utc_now()
    model = gateway.catalogue.resolve(incoming.options)
    key = incoming.idempotency_key
    single = kind is JobKind.SINGLE
    return Job(
        id=job_id,
        owner=owner,
        kind=kind,
        source=source,
        options=incoming.options.model_copy(update={"model": model.name}),
        chunk_items=gateway.settings.dispatch.chunk_items,
        chunks=1 if single else None,
        next_no=1 if single else 0,
        totals=Totals(items=1, bytes=source.bytes) if single else None,
        idempotency=Idempotency(key=key, fingerprint=fingerprint(source.sha256, incoming.options)) if key else None,
        created_at=now,
        sealed_at=now if single else None,
    )


def _only_chunk(job: Job, crc32: int) -> Chunk:
    name = job.source.filename or f"picture{extension_of(job.source.media_type)}"
    item = Item(
        index=0,
        name=name,
        member=MemberNames().assign(name, 0),
        locator=dict(whole_object(job.source.key, job.source.bytes, crc32)),
    )
    return new_chunk(job.id, 0, Queue.INTERACTIVE, [item])


async def _commit(gateway: Gateway, job: Job) -> Submitted:
    """Insert the job. If the store goes away meanwhile, nobody knows whether it was inserted: then nothing may be
    removed here, and the sweep of abandoned uploads, which looks first, does it.
    """
    if not await gateway.uploads.touch(job.id):
        await _discard(gateway, job.id)
        raise UploadSwept("The upload took a pause so long that it was cleared away. Send it again.")
    try:
        await gateway.jobs.insert(job)
    except IdempotencyKeyTaken:
        await _discard(gateway, job.id)
        assert job.idempotency is not None
        winner = await gateway.jobs.get_by_idempotency_key(job.owner, job.idempotency.key)
        if winner is None:
            raise
        return _replayed(winner, job.idempotency.fingerprint)
    log.info("job.accepted", job=job.id, kind=job.kind.value, bytes=job.source.bytes)
    try:
        await gateway.uploads.end(job.id)
        await gateway.dispatcher.send_job(job)
    except Unavailable as error:
        # The job is accepted all the same: the reconciler sends what was not sent, and ends the upload.
        log.warning("job.not_sent", job=job.id, error=error.detail)
    return Submitted(job)


async def _discard(gateway: Gateway, job_id: str) -> None:
    """Remove every trace of a submit that failed; what cannot be removed now, the sweep of uploads removes."""
    try:
        await gateway.storage.delete_prefix(job_prefix(job_id))
        await gateway.chunks.remove(job_id)
        await gateway.uploads.end(job_id)
    except PhotochromError as error:
        log.warning("upload.left_to_sweep", job=job_id, error=error.detail)


@asynccontextmanager
async def _kept_touched(gateway: Gateway, job_id: str) -> AsyncIterator[None]:
    """While bytes arrive, and while storage puts them together, the upload is not one that stands still."""

    async def touch() -> None:
        while True:
            await asyncio.sleep(TOUCH_SECONDS)
            try:
                await gateway.uploads.touch(job_id)
            except Unavailable as error:
                log.warning("upload.not_touched", job=job_id, error=error.detail)

    task = asyncio.create_task(touch())
    try:
        yield
    finally:
        task.cancel()
