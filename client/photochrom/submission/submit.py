"""Asking for a job about what lies in object storage, or for how much it would be."""

from __future__ import annotations

from collections.abc import Sequence

from photochrom.errors import PhotochromAPIError, SourceError
from photochrom.http.problems import parsed
from photochrom.http.transport import Transport
from photochrom.responses import Document, DryRun, Job, Upload
from photochrom.sources.local import Source, Submittable, open_source
from photochrom.sources.stored import Stored, source_document

from .body import OnSent
from .multipart import Uploader

ANSWER_SECONDS = 120.0
"""What a dry run counts may be a bucket of a million objects."""

MOST_UPLOADS = 1000
"""As many as the service takes; it says so only when all were sent."""


def submit_stored(transport: Transport, stored: Stored, options: Document, idempotency_key: str) -> Job:
    """However many tries it takes, one job."""
    wanted = {"source": source_document(stored), "options": options}
    answer = transport.post_json("/v1/jobs", wanted, headers={"Idempotency-Key": idempotency_key})
    return parsed(answer, Job.from_json)


def ask_dry_run(transport: Transport, stored: Stored, options: Document) -> DryRun:
    wanted = {"source": source_document(stored), "options": options, "dry_run": True}
    return parsed(transport.post_json("/v1/jobs", wanted, read_seconds=ANSWER_SECONDS), DryRun.from_json)


def submit_files(
    transport: Transport,
    files: Sequence[Submittable | Upload],
    options: Document,
    idempotency_key: str,
    on_sent: OnSent | None,
) -> Job:
    """Send what is not sent yet, and make one job of all. If it is refused, what was sent for it is removed again."""
    if len(files) > MOST_UPLOADS:
        raise SourceError(f"A job takes {MOST_UPLOADS:,} files one by one, not {len(files):,}; submit their folder.")
    uploader = Uploader(transport, on_sent)
    uploads = uploader.send(opened(files))
    try:
        return submit_stored(transport, uploads, options, idempotency_key)
    except PhotochromAPIError as error:
        if not error.is_transient:
            uploader.drop()
        raise


def opened(files: Sequence[Submittable | Upload]) -> list[Source | Upload]:
    return [file if isinstance(file, Upload) else open_source(file) for file in files]
