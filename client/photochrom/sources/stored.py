"""What lies in object storage already, so that a job need only name it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from photochrom.errors import SourceError
from photochrom.responses import Document, ManifestFormat, Upload


@dataclass(frozen=True, slots=True)
class Prefix:
    """Every object of a bucket whose key begins with `prefix`. The operator says which buckets there are."""

    bucket: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The objects of a bucket that a file there names, by a `key` in each row. The `format` may be in its name."""

    bucket: str
    key: str
    format: ManifestFormat | None = None


Stored = Upload | Prefix | Manifest | Sequence[Upload]


def source_document(stored: Stored) -> Document:
    """How the service is told. Raise `SourceError` for no upload at all."""
    match stored:
        case Upload(id=upload):
            return {"type": "upload", "upload": upload}
        case Prefix(bucket, prefix):
            return {"type": "s3_prefix", "bucket": bucket, "prefix": prefix}
        case Manifest(bucket, key, form):
            return {"type": "manifest", "bucket": bucket, "key": key} | ({"format": form} if form else {})
        case []:
            raise SourceError("There is no file to submit.")
        case _:
            return {"type": "uploads", "uploads": [upload.id for upload in stored]}
