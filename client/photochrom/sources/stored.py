"""Sources that are already in object storage, so that a request only has to name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from photochrom.errors import SourceError
from photochrom.responses import Document, ManifestFormat, Upload


@dataclass(frozen=True, slots=True)
class Prefix:
    """Every object of a bucket whose key starts with `prefix`. The operator configures which buckets are allowed."""

    bucket: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The objects that a list in the bucket names by a `key` in each row. `format` defaults to the list's extension."""

    bucket: str
    key: str
    format: ManifestFormat | None = None


@dataclass(frozen=True, slots=True)
class JobItems:
    """The pictures of one of your jobs, to be colorized once more; `items` are their indexes, None all of them."""

    job: str
    items: Sequence[int] | None = None


StoredSource = Upload | Prefix | Manifest | JobItems | Sequence[Upload]


def source_document(stored: StoredSource) -> Document:
    """The `source` of a JSON request. Raise `SourceError` for an empty list."""
    match stored:
        case Upload(id=upload):
            return {"type": "upload", "upload": upload}
        case Prefix(bucket, prefix):
            return {"type": "s3_prefix", "bucket": bucket, "prefix": prefix}
        case Manifest(bucket, key, format):
            return {"type": "manifest", "bucket": bucket, "key": key} | ({"format": format} if format else {})
        case JobItems(job, items):
            return {"type": "job", "job": job} | ({} if items is None else {"items": list(items)})
        case []:
            raise SourceError("There are no files to submit.")
        case _:
            return {"type": "uploads", "uploads": [upload.id for upload in stored]}
