"""Verdicts about results: recorded with who and when, counted, listed, and a restriction of the zip."""

import csv
import io
import threading
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from photochrom.client import Client

from shared.chunks.documents import Judgment
from shared.clock import utc_now
from shared.documents import Failure
from shared.verdicts import Verdict
from tests.api.finished_job import finished_job
from tests.api.stage import Stage
from tests.api.stand_in import Worker

RESULTS: dict[str, bytes | Failure] = {f"{n}.jpg": b"picture %d" % n for n in range(9)}
RESULTS["3.jpg"] = Failure(code="truncated", detail="It ends early.")


@pytest.fixture
def job(client: httpx.Client, worker: Worker) -> str:
    """Nine pictures in chunks of four, of which number 3 failed."""
    return finished_job(client, worker, "image/jpeg", **RESULTS)


def judge(client: httpx.Client, job: str, index: int, verdict: str | None) -> dict[str, Any]:
    answer = client.patch(f"/v1/jobs/{job}/items/{index}", json={"verdict": verdict})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def sums(client: httpx.Client, job: str) -> dict[str, int]:
    return dict(client.get(f"/v1/jobs/{job}").json()["verdicts"])


def judged(client: httpx.Client, job: str, verdict: str) -> list[int]:
    page = client.get(f"/v1/jobs/{job}/items", params={"verdict": verdict}).json()
    return [item["index"] for item in page["data"]]


def test_a_verdict_is_recorded_changed_and_withdrawn(client: httpx.Client, job: str) -> None:
    item = judge(client, job, 1, "accepted")
    assert (item["verdict"], item["judged"]["owner"]) == ("accepted", "local")
    assert item == client.get(f"/v1/jobs/{job}/items/1").json()
    judge(client, job, 8, "accepted")
    assert sums(client, job) == {"accepted": 2, "rejected": 0, "flagged": 0}
    assert judged(client, job, "accepted") == [1, 8]

    judge(client, job, 1, "flagged")
    assert sums(client, job) == {"accepted": 1, "rejected": 0, "flagged": 1}
    item = judge(client, job, 1, None)
    assert (item["verdict"], item["judged"]) == (None, None)
    assert sums(client, job) == {"accepted": 1, "rejected": 0, "flagged": 0}
    assert (judged(client, job, "accepted"), judged(client, job, "flagged")) == ([8], [])


def test_a_chunk_from_before_there_were_verdicts_gets_one(client: httpx.Client, job: str, stage: Stage) -> None:
    async def age() -> None:
        fields = {"verdicts": "", "judgments": "", **{f"items.{place}.judgment": "" for place in range(4)}}
        await stage.gateway.database["chunks"].update_many({"job": job}, {"$unset": fields})
        await stage.gateway.database["jobs"].update_one({"_id": job}, {"$unset": {"verdicts": "", "latest": ""}})

    stage.portal.call(age)

    assert (judged(client, job, "accepted"), sums(client, job)["accepted"]) == ([], 0)
    judge(client, job, 1, "accepted")
    assert (judged(client, job, "accepted"), sums(client, job)["accepted"]) == ([1], 1)


def test_the_same_verdict_again_changes_nothing(client: httpx.Client, job: str) -> None:
    first = judge(client, job, 1, "accepted")
    version = client.get(f"/v1/jobs/{job}").json()["version"]

    assert judge(client, job, 1, "accepted") == first
    assert client.get(f"/v1/jobs/{job}").json()["version"] == version


def test_verdicts_at_the_same_time_are_counted_once_each(client: httpx.Client, job: str) -> None:
    def change(verdict: str) -> None:
        for _ in range(4):
            judge(client, job, 0, verdict)

    threads = [threading.Thread(target=change, args=[verdict]) for verdict in ("accepted", "rejected", "flagged")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    verdict = client.get(f"/v1/jobs/{job}/items/0").json()["verdict"]
    assert sums(client, job) == {"accepted": 0, "rejected": 0, "flagged": 0, verdict: 1}


def test_only_a_result_is_judged(client: httpx.Client, job: str) -> None:
    failed = client.patch(f"/v1/jobs/{job}/items/3", json={"verdict": "rejected"})
    unknown = client.patch(f"/v1/jobs/{job}/items/1", json={"verdict": "fine"})
    missing = client.patch(f"/v1/jobs/{job}/items/1", json={})

    assert (failed.status_code, failed.json()["code"]) == (404, "item_failed")
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "#/verdict")
    assert missing.status_code == 422
    assert sums(client, job) == {"accepted": 0, "rejected": 0, "flagged": 0}


def test_a_retry_keeps_verdicts(client: httpx.Client, worker: Worker, job: str) -> None:
    judge(client, job, 1, "accepted")

    client.post(f"/v1/jobs/{job}/retry").raise_for_status()
    worker.expand_again(job)

    assert client.get(f"/v1/jobs/{job}/items/3").json()["state"] == "pending"
    assert judged(client, job, "accepted") == [1]
    assert sums(client, job)["accepted"] == 1


def test_the_report_has_them(client: httpx.Client, job: str) -> None:
    judge(client, job, 1, "flagged")

    rows = list(csv.DictReader(io.StringIO(client.get(f"/v1/jobs/{job}/report.csv").text)))

    assert [row["verdict"] for row in rows] == ["", "flagged", *[""] * 8]
    assert (rows[1]["judged_by"], rows[0]["judged_by"]) == ("local", "")


def test_the_zip_can_be_restricted(client: httpx.Client, job: str) -> None:
    path = f"/v1/jobs/{job}/results.zip"
    everything = client.get(path)
    for index in (1, 2, 8):
        judge(client, job, index, "accepted")
    judge(client, job, 0, "rejected")

    accepted = client.get(path, params={"verdict": "accepted"})

    archive = zipfile.ZipFile(io.BytesIO(accepted.content))
    assert archive.testzip() is None
    assert {name: archive.read(name) for name in archive.namelist()} == {
        name: RESULTS[name] for name in ("1.jpg", "2.jpg", "8.jpg")
    }
    assert int(accepted.headers["Content-Length"]) == len(accepted.content)
    resumed = client.get(path, params={"verdict": "accepted"}, headers={"Range": "bytes=40-"})
    assert resumed.content == accepted.content[40:]
    assert zipfile.ZipFile(io.BytesIO(client.get(path, params={"verdict": "flagged"}).content)).namelist() == []
    # Of all results, nothing changed.
    assert client.get(path).headers["ETag"] == everything.headers["ETag"] != accepted.headers["ETag"]
    judge(client, job, 8, None)
    again = client.get(path, params={"verdict": "accepted"}, headers={"If-None-Match": accepted.headers["ETag"]})
    assert again.status_code == 200
    assert zipfile.ZipFile(io.BytesIO(again.content)).namelist() == ["1.jpg", "2.jpg"]


def test_the_zip_is_another_one_even_if_the_job_did_not_learn_of_a_verdict(
    client: httpx.Client, job: str, stage: Stage
) -> None:
    """As when the database fails between the two updates of a verdict."""
    path, accepted = f"/v1/jobs/{job}/results.zip", {"verdict": "accepted"}
    judge(client, job, 1, "accepted")
    first = client.get(path, params=accepted)

    async def judge_the_chunk_only() -> None:
        chunk = await stage.gateway.chunks.get(job, 0)
        assert chunk is not None
        judgment = Judgment(verdict=Verdict.ACCEPTED, owner="local", key=None, at=utc_now())
        assert await stage.gateway.chunks.judge(chunk, chunk.items[2], judgment)

    stage.portal.call(judge_the_chunk_only)
    again = client.get(path, params=accepted, headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 200
    assert zipfile.ZipFile(io.BytesIO(again.content)).namelist() == ["1.jpg", "2.jpg"]
    # A verdict that is of no concern here makes no other zip.
    judge(client, job, 8, "flagged")
    assert client.get(path, params=accepted).headers["ETag"] == again.headers["ETag"]


def test_the_client_lists_and_downloads_by_verdict(
    client: httpx.Client, job: str, stage: Stage, tmp_path: Path
) -> None:
    judge(client, job, 2, "accepted")
    judge(client, job, 5, "rejected")

    with Client(stage.url) as photochrom:
        assert [(item.index, item.verdict) for item in photochrom.items(job, verdict="accepted")] == [(2, "accepted")]
        assert photochrom.download(job, tmp_path, verdict="accepted").written == 1

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"2.jpg": RESULTS["2.jpg"]}


def test_results_that_nobody_has_judged_are_listed(client: httpx.Client, job: str) -> None:
    for index in (0, 1, 2, 4, 8):
        judge(client, job, index, "accepted")

    assert judged(client, job, "none") == [5, 6, 7]
    failed = client.get(f"/v1/jobs/{job}/items", params={"verdict": "none", "state": "failed"}).json()
    assert failed["data"] == []
    first = client.get(f"/v1/jobs/{job}/items", params={"verdict": "none", "limit": 2}).json()
    rest = client.get(f"/v1/jobs/{job}/items", params={"verdict": "none", "after": first["next_cursor"]}).json()
    assert [item["index"] for item in first["data"] + rest["data"]] == [5, 6, 7]
