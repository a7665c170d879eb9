"""What the words of a command line stand for: files, a folder, stdin, uploads by their ids, addresses in a bucket."""

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
from photochrom.sources.stored import Manifest, Prefix, Stored
from photochrom.submission.body import OnSent

STDIN = "-"
S3 = "s3://"
MANIFESTS = frozenset({".csv", ".jsonl", ".ndjson"})
_UPLOAD_ID = re.compile(r"upl_[0-9A-Z]{26}")

One = Submittable | Upload | Prefix | Manifest
Given = One | list[Submittable | Upload]


def check_words(words: list[str], filename: str | None, manifest: ManifestFormat | None, output: Path | None) -> None:
    """Before anything is asked of the service. Raise `typer.BadParameter`."""
    alone = [word for word in words if word == STDIN or word.startswith(S3) or Path(word).is_dir()]
    if len(words) > 1 and alone:
        raise typer.BadParameter(f"{alone[0]} is a job of its own; only pictures go together.", param_hint="SOURCE")
    if filename and (len(words) > 1 or words[0].startswith(S3) or _is_upload(words[0])):
        raise typer.BadParameter("Only what is sent by itself can be called something else.", param_hint="--filename")
    if words[0].startswith(S3) and not words[0].removeprefix(S3).partition("/")[0]:
        raise typer.BadParameter("An address is s3://BUCKET/PREFIX, or s3://BUCKET/LIST.csv.", param_hint="SOURCE")
    if manifest and not words[0].startswith(S3):
        raise typer.BadParameter("A manifest lies in a bucket: s3://BUCKET/KEY.", param_hint="--manifest")
    if STDIN in words and (sys.stdin is None or sys.stdin.isatty()):
        raise typer.BadParameter("Nothing is piped or redirected to stdin.", param_hint="SOURCE")
    folder = Path(words[0])
    if output and alone and folder.is_dir() and output.resolve().is_relative_to(folder.resolve()):
        # Submitted again, the folder would hold its own results.
        raise typer.BadParameter("The results would land in the folder that is sent.", param_hint="--output")


def given(client: Client, words: list[str], manifest: ManifestFormat | None = None) -> Given:
    """Raise `NotFound` for an upload that there is not."""
    found = [_one(client, word, manifest) for word in words]
    return found[0] if len(found) == 1 else [each for each in found if not isinstance(each, Prefix | Manifest)]


def hint_of(text: str) -> Hint:
    """Raise `typer.BadParameter`."""
    try:
        return Hint.parse(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


@contextmanager
def stored(client: Client, source: Given, filename: str | None, on_sent: OnSent) -> Iterator[Stored]:
    """The same where the service can look at it: what has to be sent for that is removed in the end."""
    if isinstance(source, Upload | Prefix | Manifest):
        yield source
        return
    if isinstance(source, list):
        sent: list[Upload] = client.upload_all(source, on_progress=on_sent)
        fresh = [upload for upload in sent if upload not in source]
    else:
        fresh = sent = [client.upload(source, filename=filename, on_progress=on_sent)]
    try:
        yield sent if isinstance(source, list) else sent[0]
    finally:
        for upload in fresh:
            # If it cannot be removed now, the service does it after a day.
            with suppress(PhotochromError):
                client.drop_upload(upload)


def _one(client: Client, word: str, manifest: ManifestFormat | None) -> One:
    if word == STDIN:
        return sys.stdin.buffer
    if word.startswith(S3):
        bucket, _, key = word.removeprefix(S3).partition("/")
        is_manifest = manifest or PurePosixPath(key).suffix.lower() in MANIFESTS
        return Manifest(bucket, key, manifest) if is_manifest else Prefix(bucket, key)
    return client.find_upload(word) if _is_upload(word) else word


def _is_upload(word: str) -> bool:
    return bool(_UPLOAD_ID.fullmatch(word)) and not Path(word).exists()
