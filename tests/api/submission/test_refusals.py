"""Submissions that are refused without leaving anything behind, and bodies that are recognized after all."""

import httpx
import pytest

from shared.archives.sniffing import PREFIX_BYTES
from tests.api.archives import zip_of
from tests.api.stage import JPEG, Stage


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
def test_an_invalid_option_is_named(
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
def test_a_body_that_is_neither_picture_nor_archive_is_refused_with_its_type(
    client: httpx.Client, stage: Stage, *, body: bytes, status: int, code: str, looks_like: str
) -> None:
    answer = client.post("/v1/jobs", content=body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert looks_like in answer.json()["detail"]
    assert stage.traces() == {"jobs": [], "chunks": [], "uploads": [], "objects": []}


@pytest.mark.parametrize("prefix", [b"MZ program", b"#!/bin/sh\nexit\n", bytes(PREFIX_BYTES - 4)])
def test_a_zip_with_a_prefix_is_recognized_by_its_end(client: httpx.Client, prefix: bytes) -> None:
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
def test_a_body_that_turns_out_not_to_be_a_zip_leaves_nothing_behind(
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
        ([("file", ("a.jpg", JPEG)), ("scan", ("b.jpg", JPEG))], "not 'scan'"),
        ([("photo", ("a.jpg", JPEG))], "not 'photo'"),
        ([("format", (None, b"png"))], "no field `file`"),
        ([("format", (None, b"p" * 5000)), ("file", ("a.jpg", JPEG))], "exceeds 4096 bytes"),
        ([(f"f{n}", (None, b"x")) for n in range(41)] + [("file", ("a.jpg", JPEG))], "40 fields"),
    ],
    ids=["another name after file", "another name", "no file", "long field", "many fields"],
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
