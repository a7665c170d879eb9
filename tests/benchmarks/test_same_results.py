"""The comparison of results before and after a change: nothing that differs is overlooked."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks import same_results

ITEM = {"name": "a.jpg", "state": "succeeded", "error": None, "results": [{"variant": 1}]}
BROKEN = {"name": "b.jpg", "state": "failed", "error": {"code": "corrupt_image"}, "results": []}


class FakeService:
    """Takes every `.jpg` and every archive, and answers with two items, a page each."""

    def __init__(self) -> None:
        self.content = b"colors"

    def __call__(self, request: httpx.Request) -> httpx.Response:
        match request.method, request.url.path.split("/")[3:]:
            case "PUT", [filename] if filename.endswith(".txt"):
                return httpx.Response(415, json={"code": "unsupported_media"})
            case "PUT", [_]:
                return httpx.Response(202, json={"id": "job"})
            case "GET", ["job"]:
                return self._json(state="partially_succeeded", id="job", finished_at="2026-01-01", error=None)
            case "GET", ["job", "items"] if "after" not in request.url.params:
                return self._json(data=[{"index": 0, **ITEM}], next_cursor="more")
            case "GET", ["job", "items"]:
                return self._json(data=[{"index": 1, **BROKEN}], next_cursor=None)
            case _:
                return httpx.Response(200, content=self.content)

    @staticmethod
    def _json(**document: Any) -> httpx.Response:
        return httpx.Response(200, json=document)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> FakeService:
    service = FakeService()

    @contextmanager
    def fake_stack(tree: Path, port: int) -> Iterator[httpx.Client]:
        with httpx.Client(base_url="http://service", transport=httpx.MockTransport(service)) as client:
            yield client

    monkeypatch.setattr(same_results, "stack", fake_stack)
    return service


@pytest.fixture
def saved(service: FakeService, tmp_path: Path) -> Path:
    scans = tmp_path / "scans"
    scans.mkdir()
    (scans / "a.jpg").write_bytes(b"gray")
    (scans / "notes.txt").write_bytes(b"text")
    assert same_results.main(["save", str(scans), "--out", str(tmp_path / "digest.json")]) == 0
    return tmp_path / "digest.json"


def test_every_file_and_item_is_noted(saved: Path, tmp_path: Path) -> None:
    entries = json.loads(saved.read_text())["entries"]

    scans = str(tmp_path / "scans")
    assert entries[f"{scans} · notes.txt"] == {"state": "refused", "error": "unsupported_media"}
    assert entries[f"{scans} · a.jpg"] == {"state": "partially_succeeded", "error": None}
    assert entries[f"{scans} · a.jpg · 1 b.jpg"] == {"state": "failed", "error": "corrupt_image", "results": {}}
    digest = hashlib.sha256(b"colors").hexdigest()
    assert entries[f"{scans} · all files · 0 a.jpg"]["results"] == {"1": digest}
    assert len([name for name in entries if name.endswith("· 0 a.jpg")]) == len(same_results.OPTIONS) + 1


def test_equal_results_compare_as_equal(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert same_results.main(["compare", str(saved)]) == 0
    assert " 0 differ" in capsys.readouterr().out


def test_other_bytes_are_a_difference(
    saved: Path, service: FakeService, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    service.content = b"other colors"

    assert same_results.main(["compare", str(saved)]) == 1
    assert f"{tmp_path}/scans · a.jpg · 0 a.jpg\n" in capsys.readouterr().out


def test_a_file_that_is_gone_is_a_difference(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "scans" / "notes.txt").unlink()

    assert same_results.main(["compare", str(saved)]) == 1


def test_an_empty_folder_is_refused(service: FakeService, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="has no files"):
        same_results.main(["save", str(tmp_path), "--out", str(tmp_path / "digest.json")])
