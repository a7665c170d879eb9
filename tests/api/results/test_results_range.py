"""Ranges of `results.zip` and of single results."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.chunks.documents import Chunk
from shared.chunks.store import ChunkStore
from tests.api.finished_job import NAMED, finished_job
from tests.api.stage import Stage
from tests.api.stand_in import Worker

FEW_EXAMPLES = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(params=[1, 3], ids="{} variants".format)
def job_id(client: httpx.Client, worker: Worker, request: pytest.FixtureRequest) -> str:
    return finished_job(client, worker, "image/jpeg", request.param, **NAMED)


@pytest.fixture
def zip_path(job_id: str) -> str:
    return f"/v1/jobs/{job_id}/results.zip"


@pytest.fixture
def whole(client: httpx.Client, zip_path: str) -> bytes:
    return client.get(zip_path).content


def ranged(client: httpx.Client, path: str, header: str, **more: str) -> httpx.Response:
    return client.get(path, headers={"Range": header, **more})


@FEW_EXAMPLES
@given(ends=st.tuples(st.floats(0, 1, exclude_max=True), st.floats(0, 1)))
def test_any_range_equals_that_part_of_the_whole(
    client: httpx.Client, zip_path: str, whole: bytes, ends: tuple[float, float]
) -> None:
    first, length = int(ends[0] * len(whole)), int(ends[1] * 1500)

    answer = ranged(client, zip_path, f"bytes={first}-{first + length}")

    assert answer.status_code == 206
    assert answer.content == whole[first : first + length + 1]
    last = first + len(answer.content) - 1
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(whole)}"
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_any_two_parts_make_the_same_file(client: httpx.Client, zip_path: str, whole: bytes) -> None:
    for place in range(1, len(whole), 331):
        head, tail = (ranged(client, zip_path, f"bytes={ends}").content for ends in (f"0-{place - 1}", f"{place}-"))
        assert head + tail == whole


def test_the_end_can_be_requested_first_as_unzip_does(client: httpx.Client, zip_path: str, whole: bytes) -> None:
    answer = ranged(client, zip_path, "bytes=-22")

    assert answer.content == whole[-22:]
    assert answer.content.startswith(b"PK\x05\x06")


def test_a_range_beyond_the_end_is_a_problem_with_the_size(client: httpx.Client, zip_path: str, whole: bytes) -> None:
    answer = ranged(client, zip_path, f"bytes={len(whole)}-")

    assert (answer.status_code, answer.json()["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["content-range"] == f"bytes */{len(whole)}"


@pytest.mark.parametrize("header", ["bytes=0-0,5-9", "bytes=9-5", "lines=1-2", "nonsense"])
def test_anything_but_a_single_range_gives_the_whole(
    client: httpx.Client, zip_path: str, whole: bytes, header: str
) -> None:
    answer = ranged(client, zip_path, header)

    assert (answer.status_code, answer.content == whole) == (200, True)


def test_a_download_resumes_only_from_the_same_bytes(client: httpx.Client, zip_path: str, whole: bytes) -> None:
    tag = client.head(zip_path).headers["etag"]

    same = ranged(client, zip_path, "bytes=10-", **{"If-Range": tag})
    weak = ranged(client, zip_path, "bytes=10-", **{"If-Range": f"W/{tag}"})
    date = ranged(client, zip_path, "bytes=10-", **{"If-Range": "Mon, 23 Nov 2026 05:47:00 GMT"})

    assert (same.status_code, same.content) == (206, whole[10:])
    assert [(answer.status_code, answer.content) for answer in (weak, date)] == [(200, whole)] * 2


def test_head_gives_the_headers_alone(client: httpx.Client, zip_path: str, whole: bytes) -> None:
    head = client.head(zip_path, headers={"Range": "bytes=0-1"})
    get = client.get(zip_path)

    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-length", "content-type", "content-disposition", "etag", "accept-ranges"):
        assert head.headers[name] == get.headers[name]
    assert get.headers["accept-ranges"] == "bytes"
    assert int(head.headers["content-length"]) == len(whole)
    assert client.get(zip_path, headers={"If-None-Match": head.headers["etag"]}).status_code == 304


def test_another_run_is_another_file(client: httpx.Client, stage: Stage, zip_path: str, job_id: str) -> None:
    before = client.head(zip_path).headers["etag"]

    jobs = stage.gateway.database["jobs"]
    stage.portal.call(jobs.update_one, {"_id": job_id}, {"$set": {"run": 2}})

    assert client.head(zip_path).headers["etag"] != before


def test_a_job_without_recorded_sums_gives_the_same_bytes(
    client: httpx.Client, stage: Stage, zip_path: str, whole: bytes, job_id: str
) -> None:
    chunks = stage.gateway.database["chunks"]
    stage.portal.call(chunks.update_many, {"job": job_id}, {"$unset": {"sums": 1}})
    stage.app.state.layouts.clear()

    assert client.get(zip_path).content == whole
    assert ranged(client, zip_path, "bytes=3000-").content == whole[3000:]


def test_a_seek_reads_only_the_chunks_that_it_touches(
    client: httpx.Client, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = finished_job(client, worker, "image/jpeg", **{f"{n:03}.jpg": bytes([n]) * 100 for n in range(40)})
    path, read = f"/v1/jobs/{job_id}/results.zip", []
    whole = client.get(path).content
    in_order = ChunkStore.in_order

    async def noted(store: ChunkStore, job: str, **span: Any) -> "Iterator[Chunk]":
        async for chunk in in_order(store, job, **span):
            read.append(chunk.no)
            yield chunk

    monkeypatch.setattr(ChunkStore, "in_order", noted)
    place = whole.index(bytes([22]) * 100)

    assert ranged(client, path, f"bytes={place}-{place + 99}").content == bytes([22]) * 100
    assert read == [22 // 4]


# So few results that the gap is found before the answer begins; of more, the answer would be cut.
@pytest.mark.parametrize("job_id", [1], indirect=True)
@pytest.mark.parametrize("header", ["bytes=0-", "bytes=-1000"])
def test_chunks_that_no_longer_fit_the_layout_are_refused(
    client: httpx.Client, stage: Stage, zip_path: str, job_id: str, header: str
) -> None:
    client.head(zip_path)
    chunks = stage.gateway.database["chunks"]
    stage.portal.call(chunks.delete_one, {"_id": f"{job_id}:1"})

    answer = ranged(client, zip_path, header)

    assert (answer.status_code, answer.json()["code"]) == (409, "results_changed")


def test_a_result_has_ranges_too(client: httpx.Client, job_id: str) -> None:
    path, content = f"/v1/jobs/{job_id}/items/0/result", b"harbor" * 1000

    head = client.head(path)
    part = ranged(client, path, "bytes=100-299", **{"If-Range": head.headers["etag"]})
    changed = ranged(client, path, "bytes=100-", **{"If-Range": '"another"'})

    assert int(head.headers["content-length"]) == len(content)
    assert (part.status_code, part.content) == (206, content[100:300])
    assert (changed.status_code, changed.content) == (200, content)
    assert ranged(client, path, "bytes=6000-").status_code == 416
    assert head.headers["etag"] == f'"{hashlib.sha256(content).hexdigest()}"'


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed")
def test_ranges_fetched_in_any_order_make_one_zip(
    client: httpx.Client, zip_path: str, whole: bytes, tmp_path: Path
) -> None:
    target = tmp_path / "results.zip"
    with target.open("wb") as file:
        for start in reversed(range(0, len(whole), 1000)):
            file.seek(start)
            file.write(ranged(client, zip_path, f"bytes={start}-{start + 999}").content)

    tested = subprocess.run(["unzip", "-t", str(target)], capture_output=True, text=True, check=False)

    assert (tested.returncode, "No errors detected" in tested.stdout) == (0, True), tested.stdout
