"""Submitting what lies in object storage already: uploads, the objects of an allowed bucket, the items of a job."""

from collections.abc import AsyncGenerator, Sequence

from starlette.requests import Request

from api.dependencies import Gateway
from api.http.errors import InvalidRequest
from api.http.wording import MOST_FAULTS
from api.options.checks import check_hints
from api.sources.errors import UploadUsed
from api.sources.recognizing import kind_of
from api.sources.schemas import JobRequest, JobSource, ManifestSource, PrefixSource, UploadsSource
from api.sources.uploads import find_uploads, listed
from api.submission.accept import SubmitOutcome, accept
from api.submission.fingerprints import source_fingerprint
from api.submission.from_job import job_of_job
from api.submission.job_documents import JobParameters, new_job, only_chunk, totals_of
from api.submission.request import idempotency_key
from shared.ids import new_lease_token
from shared.jobs import documents
from shared.jobs.documents import Job, JobKind, Source
from shared.listings.entries import ListedObject, freeze
from shared.storage.keys import listing_key
from shared.uploads.store import Upload


async def submit_source(gateway: Gateway, request: Request, job_request: JobRequest) -> SubmitOutcome:
    """Raises what `accept`, `find_uploads` and `find_origin` do, InvalidOption, HintsOnSeveral, and BucketNotAllowed.

    The contents of a bucket are not checked here: that can take long, and an error in them fails the job.
    """
    gateway.catalogue.resolve(job_request.options)
    if isinstance(job_request.source, PrefixSource | ManifestSource):
        gateway.buckets.find(job_request.source.bucket)
        check_hints(job_request.options, JobKind.BULK)
    parameters = JobParameters(job_request.options, job_request.terms, idempotency_key(request))

    async def prepare(job_id: str) -> Job:
        return await _prepare(gateway, job_id, parameters, job_request)

    async def fingerprint() -> str:
        return source_fingerprint(job_request)

    return await accept(gateway, parameters, prepare, fingerprint)


def check_query(request: Request) -> None:
    """Options in two places could contradict each other. Raises InvalidRequest."""
    if names := list(request.query_params):
        detail = "a JSON body takes no query parameters; move it into the body"
        faults = [{"parameter": name, "detail": detail} for name in names[:MOST_FAULTS]]
        raise InvalidRequest(f"{names[0]}: {detail}", faults)


async def _prepare(gateway: Gateway, job_id: str, parameters: JobParameters, job_request: JobRequest) -> Job:
    source, fingerprint = job_request.source, source_fingerprint(job_request)
    if isinstance(source, PrefixSource | ManifestSource):
        stored = source.stored()
        return new_job(gateway, job_id, parameters, kind=JobKind.BULK, source=stored, fingerprint=fingerprint)
    if isinstance(source, JobSource):
        return await job_of_job(gateway, job_id, parameters, source, fingerprint)
    uploads = await find_uploads(gateway, source, parameters.options)
    if not await gateway.uploads.claim(source.ids, gateway.owner, job_id):
        raise UploadUsed("Another job took one of the uploads at the same time. Upload that file again.")
    if isinstance(source, UploadsSource):
        return await _job_of_uploads(gateway, job_id, parameters, uploads, fingerprint)
    return await _job_of_upload(gateway, job_id, parameters, uploads[0], fingerprint)


async def _job_of_uploads(
    gateway: Gateway, job_id: str, parameters: JobParameters, uploads: Sequence[Upload], fingerprint: str
) -> Job:
    async def objects() -> AsyncGenerator[ListedObject, None]:
        for upload in uploads:
            yield listed(upload)

    source = documents.UploadsSource(count=len(uploads), bytes=sum(upload.bytes for upload in uploads))
    listing = await freeze(gateway.storage, listing_key(job_id, new_lease_token()), objects())
    job = new_job(gateway, job_id, parameters, kind=JobKind.BULK, source=source, fingerprint=fingerprint)
    return job.model_copy(update={"listing": listing})


async def _job_of_upload(
    gateway: Gateway, job_id: str, parameters: JobParameters, upload: Upload, fingerprint: str
) -> Job:
    kind = kind_of(upload.media_type)
    assert kind is not None, "find_uploads has checked it"
    assert upload.media_type is not None
    source = Source(
        key=upload.key, filename=upload.filename, media_type=upload.media_type, bytes=upload.bytes, sha256=None
    )
    if kind is JobKind.SINGLE:
        await gateway.chunks.insert([only_chunk(job_id, source, listed(upload).locator(None))])
    totals = totals_of(kind, source)
    return new_job(gateway, job_id, parameters, kind=kind, source=source, fingerprint=fingerprint, totals=totals)
