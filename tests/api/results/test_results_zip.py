"""`results.zip`: generated while it is downloaded, and a valid zip."""

import hashlib
import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import httpx
import pytest

from shared.documents import Failure
from tests.api.archives import zip_of
from tests.api.finished_job import NAMED, finished_job
from tests.api.stage import JPEG, Stage
from tests.api.stand_in import Worker


def test_it_has_every_result_under_its_path(client: httpx.Client, worker: Worker) -> None:
    job_id = finished_job(client, worker, "image/jpeg", **NAMED)

    answer = client.get(f"/v1/jobs/{job_id}/results.zip")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="scans-colorized.zip"'
    assert int(answer.headers["content-length"]) == len(answer.content)
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "1931/Hafen.jpg": b"harbor" * 1000,
            "1931/München.JPG": b"munich",
            "scan.1912.jpg": b"no extension",
            "фото/старый.jpg": b"another format",
            "last.jpeg": b"\x00" * 10,
        }


def test_another_format_has_another_extension(client: httpx.Client, worker: Worker) -> None:
    job_id = finished_job(client, worker, "image/png", **{"a.jpg": b"a", "b.PNG": b"b"})

    content = client.get(f"/v1/jobs/{job_id}/results.zip").content

    assert zipfile.ZipFile(io.BytesIO(content)).namelist() == ["a.png", "b.PNG"]


@pytest.mark.skipif(shutil.which("unzip") is None, reason="unzip is not installed")
def test_info_zip_accepts_it(client: httpx.Client, worker: Worker, tmp_path: Path) -> None:
    job_id = finished_job(client, worker, "image/jpeg", **NAMED)
    archive = tmp_path / "results.zip"
    archive.write_bytes(client.get(f"/v1/jobs/{job_id}/results.zip").content)

    tested = subprocess.run(["unzip", "-t", str(archive)], capture_output=True, text=True, check=False)

    assert (tested.returncode, "No errors detected" in tested.stdout) == (0, True), tested.stdout


def test_the_same_job_gives_the_same_bytes(client: httpx.Client, worker: Worker) -> None:
    job_id = finished_job(client, worker, "image/jpeg", **NAMED)

    answers = [client.get(f"/v1/jobs/{job_id}/results.zip").content for _ in range(2)]

    assert len({hashlib.sha256(answer).hexdigest() for answer in answers}) == 1


def test_small_and_large_results_keep_their_order(client: httpx.Client, worker: Worker) -> None:
    sizes = [10, 5_000_000, 20, 30, 4_200_000, 40, 50, 60, 70, 0]
    results: dict[str, bytes | Failure] = {f"{n}.jpg": bytes([n]) * size for n, size in enumerate(sizes)}
    job_id = finished_job(client, worker, "image/jpeg", **results)

    content = client.get(f"/v1/jobs/{job_id}/results.zip").content

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert [entry.file_size for entry in archive.infolist()] == sizes


def test_a_job_without_results_gives_an_empty_zip(client: httpx.Client, worker: Worker) -> None:
    job_id = str(client.post("/v1/jobs", content=zip_of(a=JPEG)).json()["id"])
    worker.fail_expansion(job_id, Failure(code="archive_truncated", detail="It ends early."))

    answer = client.get(f"/v1/jobs/{job_id}/results.zip")

    assert answer.headers["content-disposition"] == f'attachment; filename="{job_id}.zip"'
    assert zipfile.ZipFile(io.BytesIO(answer.content)).namelist() == []


def test_an_unfinished_job_has_no_zip_yet(client: httpx.Client) -> None:
    job_id = client.post("/v1/jobs", content=JPEG).json()["id"]

    answer = client.get(f"/v1/jobs/{job_id}/results.zip")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_finished")


def test_a_missing_first_result_is_a_problem(client: httpx.Client, stage: Stage, worker: Worker) -> None:
    job_id = finished_job(client, worker, "image/jpeg", **NAMED)
    lose(stage, 0)

    answer = client.get(f"/v1/jobs/{job_id}/results.zip")

    assert (answer.status_code, answer.json()["code"]) == (500, "object_not_found")


def test_a_missing_later_result_cuts_the_connection(client: httpx.Client, stage: Stage, worker: Worker) -> None:
    results: dict[str, bytes | Failure] = {f"{n}.jpg": b"x" * 100_000 for n in range(12)}
    job_id = finished_job(client, worker, "image/jpeg", **results)
    lose(stage, 11)

    with pytest.raises(httpx.RemoteProtocolError):
        client.get(f"/v1/jobs/{job_id}/results.zip")


def lose(stage: Stage, number: int) -> None:
    keys = [key for key in stage.traces()["objects"] if "/results/" in key]
    stage.portal.call(stage.gateway.storage.delete, keys[number])
