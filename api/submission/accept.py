"""Accepting: from a request to a job, in the one order that loses nothing and leaves nothing behind.

submission (reserves the Idempotency-Key) → what the job is about → a single's chunk → the job, which is the
commit point → submission away → message. Before the commit every failure removes all traces; after it none is
reported.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from api.dependencies import Gateway
from api.errors import HintsOnSeveral, IdempotencyMismatch, SubmissionSwept
from shared.archives.entries import Locator
from shared.archives.names import MemberNames
from shared.chunks.documents import Chunk, Item, new_chunk
from shared.clock import utc_now
from shared.errors import PhotochromError, Unavailable
from shared.ids import new_job_id
from shared.jobs.documents import Idempotency, Job, JobKind, ListedSource, Source, Totals
from shared.jobs.options import Options
from shared.jobs.store import IdempotencyKeyTaken
from shared.members import extension_of
from shared.queue import Queue
from shared.storage.keys import job_prefix
from shared.submissions.store import SubmissionInFlight

log = structlog.get_logger()

Answer = TypeVar("Answer")

SWEPT = "The upload took a pause so long that it was cleared away. Send it again."


@dataclass(frozen=True, slots=True)
class Ask:
    """What every request for a job says, whatever the job is about."""

    owner: str
    options: Options
    idempotency_key: str | None


@dataclass(frozen=True, slots=True)
class Submitted:
    """`replayed`: the job was there before, made by an earlier request with the same Idempotency-Key."""

    job: Job
    replayed: bool = False


def check_kind(options: Options, kind: JobKind) -> None:
    """Raises HintsOnSeveral."""
    if options.hints and kind is not JobKind.SINGLE:
        raise HintsOnSeveral("Hints are colors of places of one picture. Submit the picture by itself.")


async def accept(
    gateway: Gateway, ask: Ask, prepare: Callable[[str], Awaitable[Job]], fingerprint: Callable[[], Awaitable[str]]
) -> Submitted:
    """Raises SubmissionInFlight, SubmissionSwept, IdempotencyMismatch, Unavailable, and what `prepare` and
    `fingerprint` do.

    `prepare` stores all that the job with this id needs, but for its document, which it returns. `fingerprint` is asked
    where there is a job of the same Idempotency-Key: what makes the two requests the same or not.
    """
    winner = await _winner(gateway, ask)
    if winner is None:
        job_id = new_job_id()
        await gateway.submissions.begin(job_id, ask.owner, ask.idempotency_key)
        try:
            # Again, now that nobody with this key can be between its upload and its job.
            winner = await _winner(gateway, ask)
            job = await prepare(job_id) if winner is None else None
        except BaseException:
            await to_the_end(_discard(gateway, job_id))
            raise
        if job is not None:
            return await to_the_end(_commit(gateway, job))
        await gateway.submissions.end(job_id)
    assert winner is not None
    return await _replayed(gateway, winner, await fingerprint())


def new_job(
    gateway: Gateway, job_id: str, ask: Ask, kind: JobKind, source: Source | ListedSource, fingerprint: str
) -> Job:
    """A single is sealed from the start: it is known to have one item. Raises InvalidOption."""
    now = utc_now()
    model = gateway.catalogue.resolve(ask.options)
    key = ask.idempotency_key
    single = source if kind is JobKind.SINGLE and isinstance(source, Source) else None
    return Job(
        id=job_id,
        owner=ask.owner,
        kind=kind,
        source=source,
        options=ask.options.model_copy(update={"model": model.name}),
        chunk_items=gateway.settings.dispatch.chunk_items,
        chunks=1 if single else None,
        next_no=1 if single else 0,
        totals=Totals(items=1, bytes=single.bytes) if single else None,
        idempotency=Idempotency(key=key, fingerprint=fingerprint) if key else None,
        created_at=now,
        sealed_at=now if single else None,
    )


def only_chunk(job_id: str, source: Source, locator: Locator) -> Chunk:
    """A single's."""
    name = source.filename or f"picture{extension_of(source.media_type)}"
    item = Item(index=0, name=name, member=MemberNames().assign(name, 0), locator=dict(locator))
    return new_chunk(job_id, 0, Queue.INTERACTIVE, [item])


async def to_the_end(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Await it whole, even if this task is canceled meanwhile; the cancellation comes through afterwards."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


async def _winner(gateway: Gateway, ask: Ask) -> Job | None:
    if ask.idempotency_key is None:
        return None
    return await gateway.jobs.get_by_idempotency_key(ask.owner, ask.idempotency_key)


async def _replayed(gateway: Gateway, winner: Job, own_fingerprint: str) -> Submitted:
    if winner.idempotency is None or winner.idempotency.fingerprint != own_fingerprint:
        raise IdempotencyMismatch(
            f"This Idempotency-Key belongs to {winner.id}, which has another content or other options."
        )
    if winner.is_untouched and not await gateway.submissions.touch(winner.id):
        # It is about to be sent, or taken back.
        raise SubmissionInFlight("A request with this Idempotency-Key has just been received.")
    return Submitted(winner, replayed=True)


async def _commit(gateway: Gateway, job: Job) -> Submitted:
    """Insert the job. If the store goes away meanwhile, nobody knows whether it was inserted: then nothing may be
    removed here, and the sweep of abandoned uploads, which looks first, does it.
    """
    if not await gateway.submissions.touch(job.id):
        await _discard(gateway, job.id)
        raise SubmissionSwept(SWEPT)
    try:
        await gateway.jobs.insert(job)
    except IdempotencyKeyTaken:
        await _discard(gateway, job.id)
        assert job.idempotency is not None
        winner = await gateway.jobs.get_by_idempotency_key(job.owner, job.idempotency.key)
        if winner is None:
            raise
        return await _replayed(gateway, winner, job.idempotency.fingerprint)
    if await _was_swept(gateway, job):
        await _discard(gateway, job.id)
        raise SubmissionSwept(SWEPT)
    log.info("job.accepted", job=job.id, kind=job.kind.value, source=job.source.type)
    try:
        await gateway.job_service.begin_run(job)
    except Unavailable as error:
        # The job is accepted all the same: the reconciler sends what was not sent.
        log.warning("job.not_sent", job=job.id, error=error.detail)
    return Submitted(job)


async def _was_swept(gateway: Gateway, job: Job) -> bool:
    """Whether this process stood still before the insert, for so long that the sweep has removed what the job needs.
    Then the job is taken back, unless somebody saw it in time and has acted on it.
    """
    try:
        if await gateway.submissions.become_job(job.id):
            return False
    except Unavailable as error:
        # The job is accepted all the same: the reconciler ends the upload.
        log.warning("upload.left_to_sweep", job=job.id, error=error.detail)
        return False
    return await gateway.jobs.take_back(job.id) or await gateway.jobs.get(job.id) is None


async def _discard(gateway: Gateway, job_id: str) -> None:
    """Remove every trace of a submit that failed; what cannot be removed now, the sweep of uploads removes."""
    try:
        await gateway.storage.delete_prefix(job_prefix(job_id))
        await gateway.chunks.remove(job_id)
        await gateway.uploads.release(job_id)
        await gateway.submissions.end(job_id)
    except PhotochromError as error:
        log.warning("upload.left_to_sweep", job=job_id, error=error.detail)
