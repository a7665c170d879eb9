"""Submitting: what is accepted, and how it is recorded."""

import hashlib
import zlib

import httpx
import pytest

from shared.jobs.options import Options, ResultFormat
from tests.api.archives import tar_of, zip_of
from tests.api.stage import JPEG, PNG, Stage
from tests.shared.archives.compressing import zstd


def test_a_raw_picture_becomes_a_single_job_with_one_item(client: httpx.Client, stage: Stage) -> None:
    answer = client.post("/v1/jobs", params={"filename": "Hafen.jpg"}, content=JPEG)

    job = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/jobs/{job['id']}"
    assert answer.headers["retry-after"] == "1"
    assert (job["kind"], job["state"], job["items"]) == ("single", "queued", 1)
    assert job["counts"] == {"pending": 1, "succeeded": 0, "failed": 0, "skipped": 0, "canceled": 0, "expired": 0}
    assert job["source"] == {
        "type": "upload",
        "filename": "Hafen.jpg",
        "media_type": "image/jpeg",
        "bytes": len(JPEG),
        "sha256": hashlib.sha256(JPEG).hexdigest(),
    }
    assert stage.traces() == {
        "jobs": [job["id"]],
        "chunks": [f"{job['id']}:0"],
        "uploads": [],
        "objects": [f"jobs/{job['id']}/source"],
    }


def test_the_bytes_sent_are_the_bytes_stored(client: httpx.Client, stage: Stage) -> None:
    job = client.post("/v1/jobs", content=JPEG).json()

    assert stage.portal.call(stage.gateway.storage.get, f"jobs/{job['id']}/source") == JPEG


def test_the_checksum_of_a_source_is_recorded(client: httpx.Client, stage: Stage) -> None:
    job = client.post("/v1/jobs", content=JPEG).json()

    chunk = stage.portal.call(stage.gateway.chunks.get, job["id"], 0)

    assert chunk is not None
    assert chunk.items[0].locator["crc32"] == zlib.crc32(JPEG)


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (zip_of(a=JPEG), "application/zip"),
        (tar_of(a=JPEG), "application/x-tar"),
        (tar_of("w:gz", a=JPEG), "application/gzip"),
        (tar_of("w:bz2", a=JPEG), "application/x-bzip2"),
        (tar_of("w:xz", a=JPEG), "application/x-xz"),
        (zstd.compress(tar_of(a=JPEG)), "application/zstd"),
    ],
    ids=["zip", "tar", "gzip", "bzip2", "xz", "zstd"],
)
def test_an_archive_becomes_a_bulk_job_whose_items_are_not_known_yet(
    client: httpx.Client, stage: Stage, body: bytes, media_type: str
) -> None:
    job = client.post("/v1/jobs", content=body, headers={"Content-Type": "image/jpeg"}).json()

    assert (job["kind"], job["state"], job["items"]) == ("bulk", "queued", None)
    assert job["source"]["media_type"] == media_type
    assert stage.traces()["chunks"] == []


def test_the_path_of_a_put_names_the_source(client: httpx.Client) -> None:
    answer = client.put("/v1/jobs/M%C3%BCnchen%201931.png", content=PNG)

    assert answer.status_code == 202
    assert answer.json()["source"]["filename"] == "München 1931.png"


def test_a_put_with_an_empty_name_submits_too(client: httpx.Client) -> None:
    assert client.put("/v1/jobs/", content=JPEG).json()["source"]["filename"] is None


def test_a_trailing_slash_makes_no_difference(client: httpx.Client) -> None:
    assert client.post("/v1/jobs/", files={"file": ("a.jpg", JPEG)}).status_code == 202


def test_a_put_below_a_job_is_not_a_submit(client: httpx.Client, stage: Stage) -> None:
    answer = client.put("/v1/jobs/job_1/items/0", content=JPEG)

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, PATCH")
    assert stage.traces()["jobs"] == []


def test_the_options_of_a_form_precede_its_file(client: httpx.Client) -> None:
    answer = client.post(
        "/v1/jobs",
        data={"format": "png", "vividness": "0.5"},
        files={"file": ("old.jpg", JPEG, "application/octet-stream")},
    )

    job = answer.json()
    assert answer.status_code == 202
    options = Options(model="base", vividness=0.5, format=ResultFormat.PNG)
    assert job["options"] == options.model_dump(mode="json")
    assert job["source"]["filename"] == "old.jpg"
    assert job["source"]["sha256"] == hashlib.sha256(JPEG).hexdigest()


def test_a_form_may_have_options_in_its_query(client: httpx.Client) -> None:
    answer = client.post("/v1/jobs", params={"model": "vivid"}, files={"file": ("old.jpg", JPEG)})

    assert answer.json()["options"]["model"] == "vivid"


@pytest.mark.parametrize(
    ("name", "shown", "member"),
    [
        ("../../etc/passwd", "passwd", "passwd"),
        ("C:\\scans\\a.jpg", "a.jpg", "a.jpg"),
        ("a\r\nSet-Cookie: x.jpg", "a\r\nSet-Cookie: x.jpg", "a__Set-Cookie_ x.jpg"),
        ('q"uote;.jpg', 'q"uote;.jpg', "q_uote;.jpg"),
        ("nul\x00byte.jpg", "nul\x00byte.jpg", "nul_byte.jpg"),
        ("CON.jpg", "CON.jpg", "_CON.jpg"),
        ("über/фото.jpg", "фото.jpg", "фото.jpg"),
        ("..", "..", "unnamed"),
        ("x" * 5000 + ".jpg", "x" * 1024, "x" * 200),
    ],
)
def test_hostile_names_are_kept_as_data_and_never_become_paths(
    client: httpx.Client, stage: Stage, name: str, shown: str, member: str
) -> None:
    job = client.post("/v1/jobs", params={"filename": name}, content=JPEG).json()

    item = client.get(f"/v1/jobs/{job['id']}/items/0").json()
    assert (job["source"]["filename"], item["name"], item["member"]) == (shown, shown, member)
    assert stage.traces()["objects"] == [f"jobs/{job['id']}/source"]


def test_a_picture_without_a_name_is_named_after_its_format(client: httpx.Client) -> None:
    job = client.post("/v1/jobs", content=PNG).json()

    assert client.get(f"/v1/jobs/{job['id']}/items/0").json()["member"] == "picture.png"


def test_a_job_records_its_model(client: httpx.Client, stage: Stage) -> None:
    job = client.post("/v1/jobs", content=JPEG).json()

    stored = stage.portal.call(stage.gateway.jobs.get, job["id"])
    assert stored.options.model == "base"


def test_a_job_freezes_the_weights_of_its_model(client: httpx.Client) -> None:
    weights = {model["id"]: model["sha256"] for model in client.get("/v1/models").json()["data"]}

    default = client.post("/v1/jobs", content=JPEG).json()
    vivid = client.post("/v1/jobs", params={"model": "vivid"}, content=JPEG).json()

    assert [default["checkpoint"], vivid["checkpoint"]] == [weights["base"], weights["vivid"]]


def test_a_put_without_a_name_mentions_the_slash(client: httpx.Client) -> None:
    answer = client.put("/v1/jobs", content=b"scan")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
    assert "if the URL ends with a slash" in answer.json()["detail"]
