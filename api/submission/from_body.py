"""Submitting a picture or an archive as the body of the request, which is stored as it arrives."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from api.dependencies import Gateway
from api.http.body import capped
from api.options.checks import check_hints
from api.sources.recognizing import Recognized, recognize
from api.submission.accept import SubmitOutcome, accept
from api.submission.fingerprints import body_fingerprint
from api.submission.form_files import StoredFile, further_files, list_files, store_further_files
from api.submission.job_documents import JobParameters, check_terms, new_job, only_chunk, totals_of
from api.submission.request import IncomingBody
from api.submission.reserving import TOUCH_SECONDS
from shared.archives.entries import whole_object
from shared.errors import Unavailable
from shared.jobs.documents import Job, JobKind, Source
from shared.storage.keys import source_key

log = structlog.get_logger()

MAX_PARTS = 9_999


async def submit_body(gateway: Gateway, incoming: IncomingBody) -> SubmitOutcome:
    """Raises what reading the body does, what `accept` does, InvalidOption, HintsOnSeveral, ArchiveAmongUploads."""
    gateway.catalogue.resolve(incoming.options)
    body = await recognize(incoming.content)
    check_hints(incoming.options, body.kind)
    parameters = _parameters(incoming)

    async def store(job_id: str) -> Job:
        return await _store(gateway, job_id, incoming, body)

    async def fingerprint() -> str:
        """Reads the body without storing it: its content decides whether the request is a repetition."""
        sha256, *others = [await _digest(body.content)]
        async for _, content in further_files(incoming):
            others.append(await _digest(content))
        complete = incoming.complete()
        return body_fingerprint(sha256, complete.options, complete.terms, *others)

    return await accept(gateway, parameters, store, fingerprint)


def _parameters(incoming: IncomingBody) -> JobParameters:
    return JobParameters(incoming.options, incoming.terms, incoming.idempotency_key)


async def _digest(content: AsyncIterator[bytes]) -> str:
    digest = hashlib.sha256()
    async for chunk in content:
        digest.update(chunk)
    return digest.hexdigest()


async def _store(gateway: Gateway, job_id: str, incoming: IncomingBody, body: Recognized) -> Job:
    """Store the bytes and, for a single, its chunk; returns the future job. The caller cleans up if this raises."""
    check_terms(gateway, incoming.terms)
    limit, part_bytes = _sizes(gateway, incoming, body.kind)
    key = source_key(job_id)
    async with _kept_alive(gateway, job_id):
        stored = await gateway.storage.put_stream(key, capped(body.content, limit), body.media_type, part_bytes)
        first = StoredFile(incoming.filename, key, body.media_type, stored)
        others = await store_further_files(gateway, job_id, incoming, body.kind, part_bytes)
    incoming = incoming.complete()
    kind = JobKind.BULK if others else body.kind
    check_hints(incoming.options, kind)
    parameters = _parameters(incoming)
    digests = [each.stored.sha256 for each in others]
    fingerprint = body_fingerprint(stored.sha256, parameters.options, parameters.terms, *digests)
    if others:
        listing, files = await list_files(gateway, job_id, [first, *others])
        job = new_job(gateway, job_id, parameters, kind=kind, source=files, fingerprint=fingerprint)
        return job.model_copy(update={"listing": listing})
    source = Source(
        key=key,
        filename=incoming.filename,
        media_type=body.media_type,
        bytes=stored.bytes,
        sha256=stored.sha256,
    )
    totals = totals_of(kind, source)
    job = new_job(gateway, job_id, parameters, kind=kind, source=source, fingerprint=fingerprint, totals=totals)
    if kind is JobKind.SINGLE:
        locator = whole_object(key, stored.bytes, stored.crc32)
        await gateway.chunks.insert([only_chunk(job_id, source, locator)])
    return job


def _sizes(gateway: Gateway, incoming: IncomingBody, kind: JobKind) -> tuple[int, int]:
    """How many bytes the body may have, and how many each part is stored with: S3 limits the number of parts."""
    settings = gateway.settings
    limit = int(settings.max_picture_bytes if kind is JobKind.SINGLE else settings.max_body_bytes)
    part_bytes = int(settings.upload_part_bytes)
    if incoming.at_most is None:
        return min(limit, part_bytes * MAX_PARTS), part_bytes
    return limit, max(part_bytes, -(-incoming.at_most // MAX_PARTS))


@asynccontextmanager
async def _kept_alive(gateway: Gateway, job_id: str) -> AsyncIterator[None]:
    """Touches the submission while bytes arrive and while storage assembles them, so that it is not abandoned."""

    async def touch() -> None:
        while True:
            await asyncio.sleep(TOUCH_SECONDS)
            try:
                await gateway.submissions.touch(job_id)
            except Unavailable as error:
                log.warning("submission.not_touched", job=job_id, error=error.detail)

    task = asyncio.create_task(touch())
    try:
        yield
    finally:
        task.cancel()
