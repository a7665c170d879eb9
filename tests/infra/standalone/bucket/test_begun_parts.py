"""The list of multipart uploads, page by page. `tests/contracts/test_storage_parts.py` has what it contains."""

import json
from pathlib import Path

import pytest
from localbucket import UPLOAD_META, UPLOADS_DIR

from infra.standalone.bucket import begun_parts


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Of two uploads of one key, and one of another."""
    for upload, key in (("b", "jobs/1/source"), ("a", "jobs/1/source"), ("c", "jobs/2/source")):
        folder = tmp_path / UPLOADS_DIR / upload
        folder.mkdir(parents=True)
        (folder / UPLOAD_META).write_text(json.dumps({"bucket": "photochrom", "key": key}))
    return tmp_path


def test_each_page_begins_where_the_last_has_ended(root: Path) -> None:
    pages, markers = [], {}
    while True:
        page = begun_parts.listed(root, "photochrom", {"max-uploads": "1", **markers})
        pages.append([upload.findtext("UploadId") for upload in page.iter("Upload")])
        if page.findtext("IsTruncated") == "false":
            break
        markers = {
            "key-marker": page.findtext("NextKeyMarker") or "",
            "upload-id-marker": page.findtext("NextUploadIdMarker") or "",
        }

    assert pages == [["a"], ["b"], ["c"]]


def test_what_is_only_half_written_or_of_another_bucket_is_left_out(root: Path) -> None:
    (root / UPLOADS_DIR / "a" / UPLOAD_META).write_text("{")
    (root / UPLOADS_DIR / "d").mkdir()

    page = begun_parts.listed(root, "photochrom", {"prefix": "jobs/1/"})

    assert [upload.findtext("UploadId") for upload in page.iter("Upload")] == ["b"]
    assert list(begun_parts.listed(root, "museum", {}).iter("Upload")) == []
