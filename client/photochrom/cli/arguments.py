"""The SOURCE arguments of a command line: files, a folder, stdin, upload ids, and addresses in a bucket."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

import typer

from photochrom.client import Client
from photochrom.errors import PhotochromError
from photochrom.hints import Hint
from photochrom.responses import ManifestFormat, Upload
from photochrom.sources.local import Submittable
from photochrom.sources.stored import JobItems, Manifest, Prefix, StoredSource
from photochrom.submission.body import OnSent
from photochrom.terms import keep_text, moment_text

STDIN = "-"
S3 = "s3://"
MANIFESTS = frozenset({".csv", ".jsonl", ".ndjson"})
_UPLOAD_ID = re.compile(r"upl_[0-9A-Z]{26}")
_JOB_ID = re.compile(r"job_[0-9A-Z]{26}")
_SPAN = re.compile(r"(\d{1,7})(?:-(\d{1,7}))?")
MOST_ITEMS = 1000

SingleSource = Submittable | Upload | Prefix | Manifest | JobItems
AnySource = SingleSource | list[Submittable | Upload]


def check_sources(
    sources: list[str],
    filename: str | None,
    manifest: ManifestFormat | None,
    output: Path | None,
    items: list[int] | None = None,
) -> None:
    """Raise `typer.BadParameter` for a combination that cannot work, before any request is sent."""
    first = sources[0]
    exclusive = [source for source in sources if _stands_alone(source)]
    if len(sources) > 1 and exclusive:
        message = f"Submit {exclusive[0]} by itself. Only pictures can be submitted together."
        raise typer.BadParameter(message, param_hint="SOURCE")
    if filename and (len(sources) > 1 or first.startswith(S3) or _is_upload(first) or _is_job(first)):
        raise typer.BadParameter("Only a single file, a folder or stdin can be renamed.", param_hint="--filename")
    if first.startswith(S3) and not first.removeprefix(S3).partition("/")[0]:
        message = f"The address {first!r} has no bucket. Use s3://BUCKET/PREFIX or s3://BUCKET/LIST.csv."
        raise typer.BadParameter(message, param_hint="SOURCE")
    if manifest and not first.startswith(S3):
        message = f"A manifest must be in a bucket, but SOURCE is {first!r}. Use s3://BUCKET/KEY."
        raise typer.BadParameter(message, param_hint="--manifest")
    if items and not _is_job(first):
        message = f"Items are those of a job, but SOURCE is {first!r}. Use the id of a job."
        raise typer.BadParameter(message, param_hint="--items")
    if STDIN in sources and (sys.stdin is None or sys.stdin.isatty()):
        message = "SOURCE is '-', but nothing is piped or redirected to stdin."
        raise typer.BadParameter(message, param_hint="SOURCE")
    folder = Path(first)
    if output and exclusive and folder.is_dir() and output.resolve().is_relative_to(folder.resolve()):
        # If the folder were submitted again, it would contain its own results.
        message = f"{str(output)!r} is inside the submitted folder {str(folder)!r}. Choose a directory outside it."
        raise typer.BadParameter(message, param_hint="--output")


def open_sources(
    client: Client, sources: list[str], manifest: ManifestFormat | None = None, items: list[int] | None = None
) -> AnySource:
    """Turn arguments into sources for the client. Raise `NotFound` for an unknown upload id."""
    if _is_job(sources[0]):
        return JobItems(sources[0], items)
    parsed = [_open_source(client, source, manifest) for source in sources]
    if len(parsed) == 1:
        return parsed[0]
    return [each for each in parsed if not isinstance(each, Prefix | Manifest | JobItems)]


def parse_hint(text: str) -> Hint:
    """Raise `typer.BadParameter`."""
    try:
        return Hint.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def parse_items(text: str | None) -> list[int] | None:
    """Indexes such as `0,5,7-9`. Raise `typer.BadParameter`."""
    if text is None:
        return None
    spans = [_SPAN.fullmatch(part.strip()) for part in text.split(",")]
    items: list[int] = []
    for span in spans:
        last = int(span[2] or span[1]) if span else 0
        if span is None or last < int(span[1]):
            raise typer.BadParameter(f"{text!r} is no list of items. Write their indexes as 0,5,7-9.")
        items += range(int(span[1]), min(last, int(span[1]) + MOST_ITEMS) + 1)
    if len(items) > MOST_ITEMS:
        raise typer.BadParameter(f"There are more than {MOST_ITEMS:,} items. Leave --items out for all of the job.")
    return items


def parse_moment(text: str | None) -> str | None:
    """Raise `typer.BadParameter`."""
    try:
        return None if text is None else moment_text(text)
    except ValueError:
        message = f"{text!r} is not a time. Write 90m, 2h, 30d or 2026-12-24T18:00:00Z."
        raise typer.BadParameter(message) from None


def parse_keep(text: str | None) -> str | None:
    """Raise `typer.BadParameter`."""
    try:
        return None if text is None else keep_text(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@contextmanager
def temporarily_stored(
    client: Client, source: AnySource, filename: str | None, on_sent: OnSent
) -> Iterator[StoredSource]:
    """The source in object storage, where the service can examine it. Uploads made for that are removed at the end."""
    if isinstance(source, Upload | Prefix | Manifest | JobItems):
        yield source
        return
    if isinstance(source, list):
        uploads: list[Upload] = client.upload_all(source, on_progress=on_sent)
        temporary = [upload for upload in uploads if upload not in source]
    else:
        temporary = uploads = [client.upload(source, filename=filename, on_progress=on_sent)]
    try:
        yield uploads if isinstance(source, list) else uploads[0]
    finally:
        for upload in temporary:
            # If this fails, the service removes the upload after a day.
            with suppress(PhotochromError):
                client.drop_upload(upload)


def _open_source(client: Client, source: str, manifest: ManifestFormat | None) -> SingleSource:
    if source == STDIN:
        return sys.stdin.buffer
    if source.startswith(S3):
        bucket, _, key = source.removeprefix(S3).partition("/")
        is_manifest = manifest or PurePosixPath(key).suffix.lower() in MANIFESTS
        return Manifest(bucket, key, manifest) if is_manifest else Prefix(bucket, key)
    return client.find_upload(source) if _is_upload(source) else source


def _stands_alone(source: str) -> bool:
    return source == STDIN or source.startswith(S3) or _is_job(source) or Path(source).is_dir()


def _is_upload(source: str) -> bool:
    return bool(_UPLOAD_ID.fullmatch(source)) and not Path(source).exists()


def _is_job(source: str) -> bool:
    return bool(_JOB_ID.fullmatch(source)) and not Path(source).exists()
