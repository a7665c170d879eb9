"""The two commands of the README, with the real curl."""

import io
import json
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.api.stage import JPEG, Stage

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def curl(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(["curl", "-sS", "--fail-with-body", *arguments], capture_output=True, check=True)
    return dict(json.loads(done.stdout))


@pytest.fixture
def large_zip(tmp_path: Path) -> Path:
    """Large enough for `Expect: 100-continue`, and for several parts."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for n in range(12):
            archive.writestr(f"{n}.jpg", JPEG + bytes(1_000_000))
    path = tmp_path / "Große Scans (1931).zip"
    path.write_bytes(content.getvalue())
    return path


def test_an_archive_is_put_by_name(stage: Stage, large_zip: Path) -> None:
    job = curl("-T", str(large_zip), f"{stage.url}/v1/jobs/")

    assert (job["kind"], job["source"]["filename"]) == ("bulk", "Große Scans (1931).zip")
    assert job["source"]["bytes"] == large_zip.stat().st_size


def test_a_stream_of_unknown_length_is_put(stage: Stage, large_zip: Path) -> None:
    command = ["curl", "-sS", "-T", "-", f"{stage.url}/v1/jobs/scans.zip"]
    with large_zip.open("rb") as stream:
        done = subprocess.run(command, stdin=stream, capture_output=True, check=True)

    assert json.loads(done.stdout)["source"]["bytes"] == large_zip.stat().st_size


def test_a_form_is_posted(stage: Stage, large_zip: Path) -> None:
    job = curl("-F", "vividness=1.2", "-F", f"file=@{large_zip}", f"{stage.url}/v1/jobs")

    assert job["options"]["vividness"] == 1.2
    assert job["source"]["filename"] == "Große Scans (1931).zip"
    assert job["source"]["bytes"] == large_zip.stat().st_size


def test_a_client_that_sends_a_large_body_receives_the_refusal(stage: Stage, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    film.write_bytes(b"\x1a\x45\xdf\xa3" + bytes(20_000_000))

    done = subprocess.run(["curl", "-sS", "-T", str(film), f"{stage.url}/v1/jobs/"], capture_output=True, check=True)

    assert json.loads(done.stdout)["code"] == "unsupported_media"
    assert stage.traces() == {"jobs": [], "chunks": [], "uploads": [], "objects": []}
