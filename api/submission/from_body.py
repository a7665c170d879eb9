"""Submitting a picture or an archive as a body: it is stored while it arrives."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from api.dependencies import Gateway
from api.http.body import capped
from api.sources.recognizing import Recognized, recognize
from api.submission.accept import Ask, Submitted, accept, check_kind, new_job, only_chunk
from api.submission.request import Incoming
from shared.archives.entries import whole_object
from shared.errors import Unavailable
from shared.jobs.documents import Job, JobKind, Source
from shared.jobs.options import Options
from shared.storage.keys import source_key

log = structlog.get_logger()

TOUCH_SECONDS = 5.0
MOST_PARTS = 9_999


async def submit_body(gateway: Gateway, owner: str, incoming: Incoming) -> Submitted:
    """Raises what reading the body does, InvalidOption, HintsOnSeveral, SubmissionInFlight, IdempotencyMismatch,
    Unavailable.
    """
    gateway.catalogue.resolve(incoming.options)
    body = await recognize(incoming.content)
    check_kind(incoming.options, body.kind)
    ask = Ask(owner, incoming.options, incoming.idempotency_key)

    async def store(job_id: str) -> Job:
        return await _store(gateway, job_id, ask, incoming, body)

    async def read() -> str:
        """The content decides whether this is the same request, so it is read, but not stored."""
        digest = hashlib.sha256()
        async for chunk in body.content:
            digest.update(chunk)
        return fingerprint(digest.hexdigest(), ask.options)

    return await accept(gateway, ask, store, read)


def fingerprint(sha256: str, options: Options) -> str:
    """What makes two requests the same: their content, and the options as asked for, not as resolved since."""
    return hashlib.sha256(f"{sha256}\n{options.model_dump_json()}".encode()).hexdigest()


async def _store(gateway: Gateway, job_id: str, ask: Ask, incoming: Incoming, body: Recognized) -> Job:
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
    if body.kind is JobKind.SINGLE:
        locator = whole_object(key, stored.bytes, stored.crc32)
        await gateway.chunks.insert([only_chunk(job_id, source, locator)])
    return new_job(gateway, job_id, ask, body.kind, source, fingerprint(stored.sha256, ask.options))


@asynccontextmanager
async def _kept_touched(gateway: Gateway, job_id: str) -> AsyncIterator[None]:
    """While bytes arrive, and while storage puts them together, the upload is not one that stands still."""

    async def touch() -> None:
        while True:
            await asyncio.sleep(TOUCH_SECONDS)
            try:
                await gateway.submissions.touch(job_id)
            except Unavailable as error:
                log.warning("upload.not_touched", job=job_id, error=error.detail)

    task = asyncio.create_task(touch())
    try:
        yield
    finally:
        task.cancel()
