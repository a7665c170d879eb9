"""Long polling: `Prefer: wait` when submitting, `?wait=` on a job."""

import threading
import time

import httpx
import pytest

from shared.documents import Failure
from tests.api.archives import zip_of
from tests.api.stage import JPEG, Stage
from tests.api.stand_in import Worker, items_named

PICTURE = {"Prefer": "wait=10", "Accept": "image/*"}


@pytest.fixture
def soon(stage: Stage, worker: Worker) -> "Soon":
    return Soon(stage, worker)


class Soon:
    """Lets the stand-in worker act on the next job that appears."""

    def __init__(self, stage: Stage, worker: Worker) -> None:
        self._stage, self._worker = stage, worker

    def finish(self, content: bytes = b"colored") -> None:
        self._act(lambda job_id: self._worker.finish_single(job_id, content))

    def fail(self, error: Failure) -> None:
        self._act(lambda job_id: self._worker.fail_single(job_id, error))

    def _act(self, action) -> None:
        def act() -> None:
            while not (jobs := self._stage.traces()["jobs"]):
                time.sleep(0.02)
            action(jobs[0])

        threading.Thread(target=act).start()


def test_a_single_picture_is_waited_for(client: httpx.Client, soon: Soon) -> None:
    soon.finish()

    answer = client.post("/v1/jobs", content=JPEG, headers={"Prefer": "wait=10"})

    assert answer.status_code == 200
    assert answer.headers["preference-applied"] == "wait=10"
    assert answer.json()["state"] == "succeeded"
    assert answer.json()["links"]["result"] == f"/v1/jobs/{answer.json()['id']}/items/0/result"


def test_a_picture_that_takes_longer_is_a_job_to_be_polled(client: httpx.Client) -> None:
    answer = client.post("/v1/jobs", content=JPEG, headers={"Prefer": "respond-async, wait=1"})

    assert answer.status_code == 202
    assert answer.headers["preference-applied"] == "wait=1"
    assert answer.json()["state"] == "queued"


def test_an_archive_is_not_waited_for(client: httpx.Client) -> None:
    answer = client.post("/v1/jobs", content=zip_of(a=JPEG), headers={"Prefer": "wait=10"})

    assert answer.status_code == 202
    assert "preference-applied" not in answer.headers


def test_a_client_that_accepts_images_gets_the_picture_itself(client: httpx.Client, soon: Soon) -> None:
    soon.finish(b"a colored picture")

    answer = client.put("/v1/jobs/old%20Hafen.jpeg", content=JPEG, headers=PICTURE)

    assert answer.status_code == 200
    assert answer.content == b"a colored picture"
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"] == 'attachment; filename="old Hafen-colorized.jpeg"'
    assert answer.headers["content-location"] == f"{answer.headers['location']}/items/0/result"


def test_a_picture_that_failed_is_a_problem_with_its_code(client: httpx.Client, soon: Soon) -> None:
    soon.fail(Failure(code="truncated", detail="The picture ends early."))

    answer = client.post("/v1/jobs", content=JPEG, headers=PICTURE)

    assert answer.status_code == 422
    assert (answer.json()["code"], answer.json()["detail"]) == ("truncated", "The picture ends early.")
    assert answer.headers["location"].startswith("/v1/jobs/job_")


def test_a_picture_that_is_not_ready_in_time_is_a_job(client: httpx.Client) -> None:
    answer = client.post("/v1/jobs", content=JPEG, headers={**PICTURE, "Prefer": "wait=1"})

    assert answer.status_code == 202
    assert answer.json()["state"] == "queued"


@pytest.mark.parametrize("accept", ["*/*", "application/json", "image/*;q=0, */*", "text/html, */*;q=0.8"])
def test_only_an_explicit_image_type_gets_the_picture(client: httpx.Client, soon: Soon, accept: str) -> None:
    soon.finish()

    answer = client.post("/v1/jobs", content=JPEG, headers={"Prefer": "wait=10", "Accept": accept})

    assert answer.json()["state"] == "succeeded"


@pytest.mark.parametrize("accept", ["image/png", "image/webp, image/png;q=0.5", "image/*, image/jpeg;q=0"])
def test_a_picture_of_another_type_is_not_acceptable(client: httpx.Client, soon: Soon, accept: str) -> None:
    soon.finish()

    answer = client.post("/v1/jobs", content=JPEG, headers={"Prefer": "wait=10", "Accept": accept})

    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")
    assert f"{answer.headers['location']}/items/0/result" in answer.json()["detail"]


def test_a_format_that_is_not_acceptable_is_refused_at_once(client: httpx.Client, stage: Stage) -> None:
    answer = client.post(
        "/v1/jobs?format=webp", content=JPEG, headers={"Prefer": "wait=10", "Accept": "image/png, image/jpeg"}
    )

    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")
    assert stage.traces()["jobs"] == []


def test_json_is_the_second_choice(client: httpx.Client, soon: Soon) -> None:
    soon.finish()

    answer = client.post(
        "/v1/jobs", content=JPEG, headers={"Prefer": "wait=10", "Accept": "image/png, application/json;q=0.5"}
    )

    assert (answer.status_code, answer.json()["state"]) == (200, "succeeded")


def test_a_poll_without_a_version_waits_for_the_end(client: httpx.Client, worker: Worker) -> None:
    job = client.post("/v1/jobs", content=JPEG).json()
    threading.Timer(0.5, worker.finish_single, [job["id"]]).start()

    answer = client.get(f"/v1/jobs/{job['id']}", params={"wait": 10})

    assert answer.json()["state"] == "succeeded"


def test_a_poll_with_a_version_waits_for_another(client: httpx.Client, worker: Worker) -> None:
    first = client.post("/v1/jobs", content=JPEG)
    threading.Timer(0.5, worker.start_single, [first.json()["id"]]).start()

    answer = client.get(
        first.headers["location"], params={"wait": 10}, headers={"If-None-Match": first.headers["etag"]}
    )

    assert answer.status_code == 200
    assert answer.json()["state"] == "running"
    assert answer.headers["etag"] != first.headers["etag"]


def test_a_poll_without_changes_ends_with_304(client: httpx.Client) -> None:
    first = client.post("/v1/jobs", content=JPEG)

    started = time.monotonic()
    answer = client.get(
        first.headers["location"], params={"wait": 0.5}, headers={"If-None-Match": first.headers["etag"]}
    )

    assert answer.status_code == 304
    assert time.monotonic() - started >= 0.5


def test_a_finished_job_is_not_waited_for(client: httpx.Client, worker: Worker) -> None:
    job = client.post("/v1/jobs", content=JPEG).json()
    worker.finish_single(job["id"])
    current = client.get(f"/v1/jobs/{job['id']}").headers["etag"]

    started = time.monotonic()
    answer = client.get(f"/v1/jobs/{job['id']}", params={"wait": 20}, headers={"If-None-Match": current})

    assert answer.status_code == 304
    assert time.monotonic() - started < 5


def test_a_job_removed_meanwhile_is_not_waited_for(client: httpx.Client, stage: Stage) -> None:
    first = client.post("/v1/jobs", content=JPEG)
    threading.Timer(0.3, stage.portal.call, [stage.clear]).start()

    started = time.monotonic()
    headers = {"If-None-Match": first.headers["etag"]}
    client.get(first.headers["location"], params={"wait": 20}, headers=headers)

    assert time.monotonic() - started < 10
    assert client.get(first.headers["location"]).status_code == 404


@pytest.mark.parametrize("wait", ["-1", "31", "soon"])
def test_an_invalid_wait_is_refused(client: httpx.Client, wait: str) -> None:
    job = client.post("/v1/jobs", content=JPEG).json()

    answer = client.get(f"/v1/jobs/{job['id']}", params={"wait": wait})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "wait"


def test_a_bulk_job_can_be_watched_while_it_is_expanded(client: httpx.Client, worker: Worker) -> None:
    first = client.post("/v1/jobs", content=zip_of(a=JPEG))
    job_id = first.json()["id"]
    threading.Timer(0.3, worker.expand, [job_id, items_named("a.jpg", "b.jpg")]).start()

    expanding = client.get(f"/v1/jobs/{job_id}", params={"wait": 10}, headers={"If-None-Match": first.headers["etag"]})

    assert expanding.json()["state"] in ("expanding", "running")
