"""ListMultipartUploads: what localbucket keeps of multipart uploads that were neither completed nor aborted."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from localbucket import MAX_KEYS_LIMIT, S3_NAMESPACE, UPLOAD_META, UPLOADS_DIR, iso_timestamp, sub_element

QUERY = frozenset({"uploads", "prefix", "key-marker", "upload-id-marker", "max-uploads"})


@dataclass(frozen=True, slots=True, order=True)
class _Begun:
    key: str
    upload: str
    seconds: float


def listed(root: Path, bucket: str, query: Mapping[str, str]) -> ElementTree.Element:
    """One page, as S3 answers: by key, then by id."""
    after = (query.get("key-marker", ""), query.get("upload-id-marker", "\U0010ffff"))
    matching = [
        begun
        for begun in sorted(_begun(root / UPLOADS_DIR, bucket))
        if begun.key.startswith(query.get("prefix", "")) and (begun.key, begun.upload) > after
    ]
    page = matching[: min(int(query.get("max-uploads", MAX_KEYS_LIMIT)), MAX_KEYS_LIMIT)]
    answer = ElementTree.Element("ListMultipartUploadsResult", xmlns=S3_NAMESPACE)
    sub_element(answer, "Bucket", bucket)
    sub_element(answer, "IsTruncated", str(len(page) < len(matching)).lower())
    if page and len(page) < len(matching):
        sub_element(answer, "NextKeyMarker", page[-1].key)
        sub_element(answer, "NextUploadIdMarker", page[-1].upload)
    for begun in page:
        upload = ElementTree.SubElement(answer, "Upload")
        sub_element(upload, "Key", begun.key)
        sub_element(upload, "UploadId", begun.upload)
        sub_element(upload, "Initiated", iso_timestamp(begun.seconds))
    return answer


def _begun(uploads: Path, bucket: str) -> Iterator[_Begun]:
    for folder in uploads.iterdir() if uploads.is_dir() else ():
        # Written when the upload begins, and not changed afterwards.
        meta = folder / UPLOAD_META
        try:
            content, seconds = json.loads(meta.read_text()), meta.stat().st_mtime
        except (OSError, ValueError):
            continue  # It ended meanwhile, or is just beginning.
        if content["bucket"] == bucket:
            yield _Begun(content["key"], folder.name, seconds)
