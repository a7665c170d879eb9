"""A job about what lies in object storage already: uploaded files, or objects of somebody's bucket."""

import hashlib
from collections.abc import AsyncGenerator, Sequence

from starlette.requests import Request

from api.dependencies import Gateway
from api.errors import InvalidRequest, UploadUsed
from api.sources.recognizing import kind_of
from api.sources.schemas import AnySource, JobRequest, ManifestSource, PrefixSource, UploadsSource
from api.sources.uploads import find_uploads, listed
from api.submission.accept import Ask, Submitted, accept, check_kind, new_job, only_chunk
from api.submission.request import idempotency_key
from shared.ids import new_lease_token
from shared.jobs import documents
from shared.jobs.documents import Job, JobKind, Source
from shared.listings.entries import ListedObject, freeze
from shared.storage.keys import listing_key
from shared.uploads.store import Upload


async def submit_source(gateway: Gateway, owner: str, request: Request, wanted: JobRequest) -> Submitted:
    """Raises what `accept` and `find_uploads` do, InvalidOption, HintsOnSeveral, and BucketNotAllowed.

    What is in a bucket is not looked at here: that may take long, and what is wrong with it fails the job.
    """
    gateway.catalogue.resolve(wanted.options)
    if isinstance(wanted.source, PrefixSource | ManifestSource):
        gateway.buckets.find(wanted.source.bucket)
        check_kind(wanted.options, JobKind.BULK)
    ask = Ask(owner, wanted.options, idempotency_key(request))
    own_fingerprint = fingerprint(wanted)

    async def prepare(job_id: str) -> Job:
        return await _prepare(gateway, job_id, ask, wanted.source, own_fingerprint)

    async def say() -> str:
        return own_fingerprint

    return await accept(gateway, ask, prepare, say)


def check_query(request: Request) -> None:
    """Options in two places would be a riddle. Raises InvalidRequest."""
    if names := list(request.query_params):
        detail = "with a JSON body, everything stands in the body"
        raise InvalidRequest(f"{names[0]}: {detail}", [{"parameter": name, "detail": detail} for name in names])


def fingerprint(wanted: JobRequest) -> str:
    """What makes two requests the same: source and options as asked for, however they were spelled."""
    return hashlib.sha256(f"{wanted.source.model_dump_json()}\n{wanted.options.model_dump_json()}".encode()).hexdigest()


async def _prepare(gateway: Gateway, job_id: str, ask: Ask, source: AnySource, own_fingerprint: str) -> Job:
    if isinstance(source, PrefixSource | ManifestSource):
        return new_job(gateway, job_id, ask, JobKind.BULK, source.stored(), own_fingerprint)
    uploads = await find_uploads(gateway, ask.owner, source, ask.options)
    if not await gateway.uploads.claim(source.ids, ask.owner, job_id):
        raise UploadUsed("Another job took one of the uploads at the same time.")
    if isinstance(source, UploadsSource):
        return await _several(gateway, job_id, ask, uploads, own_fingerprint)
    return await _one(gateway, job_id, ask, uploads[0], own_fingerprint)


async def _several(gateway: Gateway, job_id: str, ask: Ask, uploads: Sequence[Upload], own_fingerprint: str) -> Job:
    async def objects() -> AsyncGenerator[ListedObject, None]:
        for upload in uploads:
            yield listed(upload)

    source = documents.UploadsSource(count=len(uploads), bytes=sum(upload.bytes for upload in uploads))
    listing = await freeze(gateway.storage, listing_key(job_id, new_lease_token()), objects())
    job = new_job(gateway, job_id, ask, JobKind.BULK, source, own_fingerprint)
    return job.model_copy(update={"listing": listing})


async def _one(gateway: Gateway, job_id: str, ask: Ask, upload: Upload, own_fingerprint: str) -> Job:
    kind = kind_of(upload.media_type)
    assert kind is not None, "it was found to be fit"
    assert upload.media_type is not None
    source = Source(
        key=upload.key, filename=upload.filename, media_type=upload.media_type, bytes=upload.bytes, sha256=None
    )
    if kind is JobKind.SINGLE:
        await gateway.chunks.insert([only_chunk(job_id, source, listed(upload).locator(None))])
    return new_job(gateway, job_id, ask, kind, source, own_fingerprint)
