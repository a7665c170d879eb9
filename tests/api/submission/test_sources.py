"""Jobs as JSON, whose source is in object storage: what is accepted, how it is recorded, and what is refused."""

from typing import Any

import httpx
import pytest

from shared.listings.entries import read_listing
from tests.api.archives import zip_of
from tests.api.sources import MANIFEST, PREFIX, only, several, submit
from tests.api.stage import JPEG, PNG, Museum, Stage
from tests.api.stand_in import Worker
from tests.api.uploading import begin, code, uploaded


def listing(stage: Stage, job_id: str) -> list[tuple[str, str | None]]:
    """The names in the job's listing, with the reason for those that are skipped."""

    async def read() -> list[tuple[str, str | None]]:
        job = await stage.gateway.jobs.get(job_id)
        assert job is not None
        assert job.listing is not None
        return [(entry.name, entry.skip) async for entry in read_listing(stage.gateway.storage, job.listing)]

    return stage.portal.call(read)


def test_a_prefix_and_a_manifest_are_jobs_to_be_listed(client: httpx.Client, museum: Museum) -> None:
    prefix, manifest = submit(client, PREFIX, options={"vividness": 0.5}), submit(client, MANIFEST)

    assert (prefix.status_code, manifest.status_code) == (202, 202)
    assert prefix.headers["location"] == f"/v1/jobs/{prefix.json()['id']}"
    assert (prefix.json()["kind"], prefix.json()["items"], prefix.json()["source"]) == ("bulk", None, PREFIX)
    assert prefix.json()["options"]["vividness"] == 0.5
    assert manifest.json()["source"] == {**MANIFEST, "format": "csv"}


def test_an_uploaded_picture_is_a_single_job(client: httpx.Client, stage: Stage, worker: Worker) -> None:
    upload = uploaded(client, JPEG, "Hafen.dat")

    job = submit(client, only(upload)).json()

    assert (job["kind"], job["items"], job["source"]["sha256"]) == ("single", 1, None)
    assert (job["source"]["filename"], job["source"]["media_type"]) == ("Hafen.dat", "image/jpeg")
    used = client.get(f"/v1/uploads/{upload}").json()
    assert (used["state"], used["links"]["job"]) == ("used", f"/v1/jobs/{job['id']}")
    assert client.get(f"/v1/jobs/{job['id']}/items/0/source").content == JPEG
    worker.finish_single(job["id"], b"colored")
    assert client.get(f"/v1/jobs/{job['id']}/items/0/result").content == b"colored"


def test_an_uploaded_archive_is_a_bulk_job(client: httpx.Client, stage: Stage) -> None:
    job = submit(client, only(uploaded(client, zip_of(a=JPEG), "scans.zip"))).json()

    assert (job["kind"], job["items"], job["source"]["media_type"]) == ("bulk", None, "application/zip")


def test_several_uploads_are_one_job_in_order_recognized_by_content(client: httpx.Client, stage: Stage) -> None:
    files = [(JPEG, "b.dat"), (PNG, None), (b"%PDF-1.7 and so on", "a.jpg")]
    uploads = [uploaded(client, content, name) for content, name in files]

    job = submit(client, several(*uploads)).json()

    size = sum(len(content) for content, _ in files)
    assert (job["kind"], job["source"]) == ("bulk", {"type": "uploads", "count": 3, "bytes": size})
    assert listing(stage, job["id"]) == [("b.dat", None), ("picture.png", None), ("a.jpg", "not_an_image")]


def test_a_repeated_request_is_the_same_job_and_a_different_one_is_refused(client: httpx.Client, stage: Stage) -> None:
    upload, key = uploaded(client, JPEG), {"Idempotency-Key": "scan-17"}
    body = {"source": only(upload)}
    first = client.post("/v1/jobs", json=body, headers=key)

    again = client.post("/v1/jobs", json=body, headers=key)
    other = client.post("/v1/jobs", json={**body, "options": {"vividness": 0.1}}, headers=key)

    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    assert again.headers["idempotency-replayed"] == "true"
    assert code(other) == (422, "idempotency_mismatch")


def test_an_upload_is_for_one_job(client: httpx.Client, stage: Stage) -> None:
    upload = uploaded(client, JPEG)
    job = submit(client, only(upload)).json()

    answer = submit(client, several(uploaded(client, PNG), upload))

    assert code(answer) == (409, "upload_used")
    assert answer.json()["detail"] == f"scan.jpg ({upload}) belongs to {job['id']} already. Upload the file again."


def test_a_refused_job_leaves_its_uploads_unchanged(client: httpx.Client, stage: Stage) -> None:
    fit, archive = uploaded(client, JPEG), uploaded(client, zip_of(a=JPEG), "scans.zip")
    before = stage.traces()

    assert code(submit(client, several(fit, archive))) == (422, "archive_among_uploads")

    assert stage.traces() == before
    assert client.get(f"/v1/uploads/{fit}").json()["state"] == "completed"


def test_an_upload_that_cannot_be_used_is_refused(client: httpx.Client, stage: Stage) -> None:
    unfinished = begin(client, JPEG)["id"]
    pdf, text = uploaded(client, b"%PDF-1.7 and so on"), uploaded(client, b"nothing known")
    large = uploaded(client, JPEG + bytes(2 * 1024**2))

    assert code(submit(client, only("upl_nobody"))) == (404, "upload_not_found")
    assert code(submit(client, only(unfinished))) == (409, "upload_not_completed")
    assert code(submit(client, only(pdf))) == (415, "unsupported_media")
    assert code(submit(client, only(text))) == (415, "unsupported_media")
    assert code(submit(client, several(large))) == (413, "body_too_large")
    assert stage.traces()["jobs"] == []


def test_a_bucket_that_is_not_allowed_is_refused_whether_it_exists_or_not(client: httpx.Client, stage: Stage) -> None:
    photochrom = stage.gateway.settings.storage.bucket

    answers = [submit(client, {**PREFIX, "bucket": bucket}) for bucket in (photochrom, "unheard-of")]

    assert {code(answer) for answer in answers} == {(422, "bucket_not_allowed")}
    assert len({answer.json()["detail"] for answer in answers}) == 1


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/source"),
        ({"source": {"type": "ftp"}}, "#/source"),
        ({"source": {**PREFIX, "prefx": ""}}, "#/source/prefx"),
        ({"source": {**PREFIX, "prefix": "a/../b"}}, "#/source/prefix"),
        ({"source": {**MANIFEST, "key": "lists/1931"}}, "#/source"),
        ({"source": {**MANIFEST, "format": "xlsx"}}, "#/source/format"),
        ({"source": several()}, "#/source/uploads"),
        ({"source": several("upl_1", "upl_1")}, "#/source"),
        ({"source": PREFIX, "options": {"vividnes": 1}}, "#/options/vividnes"),
        ({"source": PREFIX, "options": {"format": "png", "quality": 90}}, "#/options/quality"),
        ({"source": PREFIX, "filename": "x"}, "#/filename"),
    ],
)
def test_an_invalid_request_is_refused_with_a_pointer(
    client: httpx.Client, stage: Stage, body: dict[str, Any], pointer: str
) -> None:
    answer = client.post("/v1/jobs", json=body)

    assert code(answer) == (422, "invalid_request")
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert "Value error" not in answer.json()["detail"]


def test_an_unknown_model_and_options_in_two_places_are_refused(client: httpx.Client, stage: Stage) -> None:
    model = submit(client, PREFIX, options={"model": "unheard-of"})
    query = client.post("/v1/jobs", params={"vividness": 0.5}, json={"source": PREFIX})

    assert code(model) == (422, "invalid_option")
    assert code(query) == (422, "invalid_request")
    assert "vividness" in query.json()["detail"]


def test_json_without_its_content_type_is_refused_with_advice(client: httpx.Client, stage: Stage) -> None:
    answer = client.post("/v1/jobs", content=b'{"source": {"type": "upload"}}')

    assert code(answer) == (415, "unsupported_media")
    assert "Content-Type: application/json" in answer.json()["detail"]
