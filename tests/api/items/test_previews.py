"""Previews of results and sources, and sources for browsers."""

import httpx
import pytest

from tests.api.archives import zip_of
from tests.api.finished_job import finished_job
from tests.api.stage import JPEG, Stage
from tests.api.stand_in import Worker, items_named

BROWSER = {"Accept": "image/png, image/webp;q=0.9"}


@pytest.fixture
def job(client: httpx.Client, stage: Stage) -> str:
    return finished_job(client, Worker(stage, makes_previews=True), "image/jpeg", **{"a.jpg": b"a" * 100})


def test_both_previews_are_webp_with_an_etag_and_no_results(client: httpx.Client, job: str) -> None:
    item = client.get(f"/v1/jobs/{job}/items/0").json()

    for link, content in (("preview", b"result"), ("source_preview", b"source")):
        answer = client.get(item["links"][link])
        assert (answer.status_code, answer.content, answer.headers["Content-Type"]) == (200, content, "image/webp")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        again = client.get(item["links"][link], headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
    assert [result["bytes"] for result in item["results"]] == [100]
    tags = {client.get(item["links"][link]).headers["ETag"] for link in ("preview", "source_preview", "result")}
    assert len(tags) == 3


def test_a_picture_from_before_there_were_previews_has_none(client: httpx.Client, worker: Worker) -> None:
    job = finished_job(client, worker, "image/jpeg", **{"a.jpg": b"a"})

    for name in ("preview", "source-preview"):
        answer = client.get(f"/v1/jobs/{job}/items/0/{name}")
        assert (answer.status_code, answer.json()["code"]) == (404, "no_preview")
    assert client.get(f"/v1/jobs/{job}/items/0").json()["links"].keys() == {"self", "source", "result"}


def test_a_picture_in_the_queue_has_no_preview_yet(client: httpx.Client, worker: Worker) -> None:
    job = client.post("/v1/jobs", content=zip_of(a=JPEG)).json()["id"]
    worker.expand(job, items_named("a.jpg"))

    answer = client.get(f"/v1/jobs/{job}/items/0/preview")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_ready")


def test_previews_are_deleted_with_their_job(client: httpx.Client, job: str, stage: Stage) -> None:
    keys = [key for key in stage.traces()["objects"] if "/previews/" in key]

    assert len(keys) == 2
    assert all(key.startswith(f"jobs/{job}/") for key in keys)  # Deleting this prefix deletes the job.


def test_a_source_says_whether_a_browser_can_show_it(client: httpx.Client, worker: Worker) -> None:
    job = client.post("/v1/jobs", content=JPEG).json()["id"]
    worker.finish_single(job)
    path = f"/v1/jobs/{job}/items/0/source"

    refused = client.get(path, headers=BROWSER)
    assert (refused.status_code, refused.json()["code"]) == (406, "type_not_accepted")
    assert "image/jpeg" in refused.json()["detail"]
    shown = client.get(path, headers={"Accept": "image/jpeg"})
    assert (shown.status_code, shown.content) == (200, JPEG)
    assert client.get(path, headers={"If-None-Match": shown.headers["ETag"]}).status_code == 304
    assert client.get(path).content == JPEG
