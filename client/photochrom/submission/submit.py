"""Submitting files and stored sources, and dry runs of stored sources."""

from __future__ import annotations

from collections.abc import Sequence

from photochrom.errors import PhotochromAPIError, SourceError
from photochrom.http.problems import parsed
from photochrom.http.transport import Transport
from photochrom.responses import Document, DryRun, Job, Upload
from photochrom.sources.local import Source, Submittable, open_source
from photochrom.sources.stored import StoredSource, source_document

from .body import OnSent
from .multipart import Uploader

DRY_RUN_SECONDS = 120.0
"""Read timeout: a dry run may count a bucket of a million objects."""

MOST_UPLOADS = 1000
"""The service's limit, checked here because the service sees the number only after every file was uploaded."""


def submit_stored(transport: Transport, stored: StoredSource, request: Document, idempotency_key: str) -> Job:
    """`request` is the rest of the JSON body. Retries create no second job."""
    document = {"source": source_document(stored), **request}
    response = transport.post_json("/v1/jobs", document, headers={"Idempotency-Key": idempotency_key})
    return parsed(response, Job.from_json)


def request_dry_run(transport: Transport, stored: StoredSource, options: Document) -> DryRun:
    document = {"source": source_document(stored), "options": options, "dry_run": True}
    return parsed(transport.post_json("/v1/jobs", document, read_seconds=DRY_RUN_SECONDS), DryRun.from_json)


def submit_files(
    transport: Transport,
    files: Sequence[Submittable | Upload],
    request: Document,
    idempotency_key: str,
    on_sent: OnSent | None,
) -> Job:
    """Upload the files and submit them as one job. If the service refuses it, remove the uploaded files again."""
    if len(files) > MOST_UPLOADS:
        raise SourceError(f"Too many files: {len(files):,}. A job takes up to {MOST_UPLOADS:,}; submit a folder.")
    uploader = Uploader(transport, on_sent)
    uploads = uploader.send(open_sources(files))
    try:
        return submit_stored(transport, uploads, request, idempotency_key)
    except PhotochromAPIError as error:
        if not error.is_transient:
            uploader.drop()
        raise


def open_sources(files: Sequence[Submittable | Upload]) -> list[Source | Upload]:
    return [file if isinstance(file, Upload) else open_source(file) for file in files]
