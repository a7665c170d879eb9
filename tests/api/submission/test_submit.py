"""Submitting: what is accepted, how it is recorded, and what is refused without leaving anything behind."""

import hashlib
import zlib

import httpx
import pytest

from shared.archives.sniffing import PREFIX_BYTES
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
    assert job["counts"] == {"pending": 1, "succeeded": 0, "failed": 0, "skipped": 0, "canceled": 0}
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


def test_what_was_sent_is_what_is_stored(client: httpx.Client, stage: Stage) -> None:
    job = client.post("/v1/jobs", content=JPEG).json()

    assert stage.portal.call(stage.gateway.storage.get, f"jobs/{job['id']}/source") == JPEG


def test_what_is_read_later_can_be_told_from_what_came_in(client: httpx.Client, stage: Stage) -> None:
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


def test_the_name_in_the_path_of_a_put_names_the_source(client: httpx.Client) -> None:
    answer = client.put("/v1/jobs/M%C3%BCnchen%201931.png", content=PNG)

    assert answer.status_code == 202
    assert answer.json()["source"]["filename"] == "München 1931.png"


def test_a_put_without_a_name_is_a_submit_too(client: httpx.Client) -> None:
    assert client.put("/v1/jobs/", content=JPEG).json()["source"]["filename"] is None


def test_a_slash_at_the_end_makes_no_difference(client: httpx.Client) -> None:
    assert client.post("/v1/jobs/", files={"file": ("a.jpg", JPEG)}).status_code == 202


def test_a_put_below_a_job_is_not_a_submit(client: httpx.Client, stage: Stage) -> None:
    answer = client.put("/v1/jobs/job_1/items/0", content=JPEG)

    assert answer.status_code == 404
    assert stage.traces()["jobs"] == []


def test_a_form_takes_its_options_before_the_file(client: httpx.Client) -> None:
    answer = client.post(
        "/v1/jobs",
        data={"format": "png", "vividness": "0.5"},
        files={"file": ("old.jpg", JPEG, "application/octet-stream")},
    )

    job = answer.json()
    assert answer.status_code == 202
    wanted = Options(model="base", vividness=0.5, format=ResultFormat.PNG)
    assert job["options"] == wanted.model_dump(mode="json")
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


def test_a_picture_without_a_name_is_called_by_its_format(client: httpx.Client) -> None:
    job = client.post("/v1/jobs", content=PNG).json()

    assert client.get(f"/v1/jobs/{job['id']}/items/0").json()["member"] == "picture.png"


def test_a_job_records_the_model_that_it_will_be_colorized_by(client: httpx.Client, stage: Stage) -> None:
    job = client.post("/v1/jobs", content=JPEG).json()

    stored = stage.portal.call(stage.gateway.jobs.get, job["id"])
    assert stored.options.model == "base"


@pytest.mark.parametrize(
    ("query", "parameter", "detail"),
    [
        ("vividnes=1", "vividnes", "unknown option; choose from filename, model, vividness, format, quality, hints"),
        ("vividness=9", "vividness", "Input should be less than or equal to 1.5"),
        ("vividness=nan", "vividness", "Input should be a finite number"),
        ("format=gif", "format", "unknown value 'gif'; choose same, jpeg, png"),
        ("quality=0", "quality", "Input should be greater than or equal to 1"),
        ("model=huge", "model", "unknown model 'huge'; choose from base, vivid"),
        ("quality=9&quality=10", "quality", "given twice"),
        ("quality=9&format=png", "quality", "a png is written without loss and has none"),
        ("format=tiff&quality=100", "quality", "a tiff is written without loss and has none"),
    ],
)
def test_an_option_that_cannot_be_meant_is_named(
    client: httpx.Client, stage: Stage, query: str, parameter: str, detail: str
) -> None:
    answer = client.post(f"/v1/jobs?{query}", content=JPEG)

    problem = answer.json()
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert (problem["code"], problem["status"]) == ("invalid_option", 422)
    assert problem["type"] == "urn:photochrom:problem:invalid_option"
    [error] = problem["errors"]
    assert error["parameter"] == parameter
    assert error["detail"].startswith(detail)
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert stage.traces() == {"jobs": [], "chunks": [], "uploads": [], "objects": []}


@pytest.mark.parametrize(
    ("body", "status", "code", "looks_like"),
    [
        (b"", 422, "empty_body", "empty"),
        (b"<html><body>", 415, "unsupported_media", "text: it starts with '<html><body>'"),
        (b"%PDF-1.7 ...", 415, "unsupported_media", "application/pdf"),
        (b"GIF89a......", 415, "unsupported_media", "image/gif"),
        (b"\x00\x01\x02\x03", 415, "unsupported_media", "neither a picture nor an archive"),
        (b"\x00\x00\x00\x18ftypheic", 415, "unsupported_media", "image/heic"),
        (b"7z\xbc\xaf\x27\x1c......", 415, "unsupported_archive", "application/x-7z-compressed"),
    ],
)
def test_what_is_neither_picture_nor_archive_is_refused_by_what_it_looks_like(
    client: httpx.Client, stage: Stage, *, body: bytes, status: int, code: str, looks_like: str
) -> None:
    answer = client.post("/v1/jobs", content=body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert looks_like in answer.json()["detail"]
    assert stage.traces() == {"jobs": [], "chunks": [], "uploads": [], "objects": []}


@pytest.mark.parametrize("prefix", [b"MZ program", b"#!/bin/sh\nexit\n", bytes(PREFIX_BYTES - 4)])
def test_a_zip_behind_a_prefix_is_recognized_by_its_end(client: httpx.Client, prefix: bytes) -> None:
    job = client.post("/v1/jobs", content=prefix + zip_of(a=JPEG)).json()

    assert (job["kind"], job["source"]["media_type"]) == ("bulk", "application/zip")


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"MZ program" + zip_of(a=JPEG)[:-22], "does not end as a zip"),
        (b"MZ program" + zip_of(a=JPEG) + bytes(70_000), "does not end as a zip"),
        (bytes(PREFIX_BYTES - 3) + zip_of(a=JPEG), "neither a picture nor an archive"),
    ],
    ids=["cut off", "too much behind it", "too much before it"],
)
def test_what_might_have_been_a_zip_behind_a_prefix_leaves_nothing_behind(
    client: httpx.Client, stage: Stage, body: bytes, detail: str
) -> None:
    answer = client.post("/v1/jobs", content=body)

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media")
    assert detail in answer.json()["detail"]
    assert stage.traces() == {"jobs": [], "chunks": [], "uploads": [], "objects": []}


def test_a_picture_with_a_zip_behind_it_is_a_picture(client: httpx.Client) -> None:
    assert client.post("/v1/jobs", content=JPEG + zip_of(a=JPEG)).json()["kind"] == "single"


@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
def test_a_picture_beyond_the_limit_leaves_nothing_behind(client: httpx.Client, stage: Stage, chunked: bool) -> None:
    body = JPEG + bytes(3 * 1024 * 1024)
    content = {False: body, True: iter([body[:700_000], body[700_000:]])}[chunked]

    answer = client.post("/v1/jobs", content=content)

    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert stage.traces() == {"jobs": [], "chunks": [], "uploads": [], "objects": []}


@pytest.mark.parametrize(
    ("fields", "detail"),
    [
        ([("file", ("a.jpg", JPEG)), ("format", (None, b"png"))], "must be the last field"),
        ([("file", ("a.jpg", JPEG)), ("file", ("b.jpg", JPEG))], "must be the last field"),
        ([("photo", ("a.jpg", JPEG))], "not 'photo'"),
        ([("format", (None, b"png"))], "no field `file`"),
        ([("format", (None, b"p" * 5000)), ("file", ("a.jpg", JPEG))], "exceeds 4096 bytes"),
        ([(f"f{n}", (None, b"x")) for n in range(17)] + [("file", ("a.jpg", JPEG))], "16 fields"),
    ],
    ids=["option after file", "two files", "another name", "no file", "long field", "many fields"],
)
def test_a_form_that_is_not_as_documented_is_refused(
    client: httpx.Client, stage: Stage, fields: list[tuple[str, tuple[str | None, bytes]]], detail: str
) -> None:
    answer = client.post("/v1/jobs", files=fields)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_form")
    assert detail in answer.json()["detail"]
    assert stage.traces() == {"jobs": [], "chunks": [], "uploads": [], "objects": []}


def test_a_form_without_its_closing_boundary_is_incomplete(client: httpx.Client, stage: Stage) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'

    answer = client.post("/v1/jobs", content=head + JPEG, headers={"Content-Type": "multipart/form-data; boundary=x"})

    assert (answer.status_code, answer.json()["code"]) == (400, "body_incomplete")
    assert stage.traces() == {"jobs": [], "chunks": [], "uploads": [], "objects": []}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"--x\r\n"),
        ("multipart/form-data; boundary=x", b"no boundary at all"),
        ("multipart/form-data; boundary=x", b"--x\r\n" + b"A: b\r\n" * 20 + b"\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: " + b"y" * 10_000),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Type: text/plain\r\n\r\nhello\r\n--x--\r\n"),
    ],
    ids=["boundary not stated", "no boundary", "many headers", "long header", "part without a name"],
)
def test_a_malformed_form_is_refused(client: httpx.Client, content_type: str, body: bytes) -> None:
    answer = client.post("/v1/jobs", content=body, headers={"Content-Type": content_type})

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_form")
