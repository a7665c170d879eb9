"""A body that is not the file itself is refused before anything is stored."""

import httpx
import pytest

from tests.api.stage import JPEG, Stage

NOTHING = {"jobs": [], "chunks": [], "uploads": [], "objects": []}


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize(("method", "path"), [("PUT", "/v1/jobs/big.zip"), ("POST", "/v1/jobs")])
@pytest.mark.parametrize("value", ["bytes 900-1023/1024", "bytes 0-1023/1024", "bytes */1024", ""])
def test_a_part_of_a_file_is_refused(client: httpx.Client, stage: Stage, method: str, path: str, value: str) -> None:
    answer = client.request(method, path, content=JPEG, headers={"Content-Range": value})

    assert code(answer) == (400, "partial_body")
    assert "POST /v1/uploads" in answer.json()["detail"]
    assert stage.traces() == NOTHING


@pytest.mark.parametrize(("method", "path"), [("PUT", "/v1/jobs/a.jpg"), ("POST", "/v1/jobs"), ("POST", "/v1/uploads")])
@pytest.mark.parametrize("value", ["gzip", "x-gzip", "deflate", "br", "zstd", "identity, GZIP", "aws-chunked"])
def test_an_encoded_body_is_refused(client: httpx.Client, stage: Stage, method: str, path: str, value: str) -> None:
    media_type = "application/json" if path == "/v1/uploads" else "image/jpeg"

    answer = client.request(
        method, path, content=b"\x1f\x8b\x08" + JPEG, headers={"Content-Encoding": value, "Content-Type": media_type}
    )

    assert code(answer) == (415, "unsupported_encoding")
    assert answer.headers["accept-encoding"] == "identity"
    assert stage.traces() == NOTHING


def test_identity_is_no_encoding(client: httpx.Client) -> None:
    assert client.put("/v1/jobs/a.jpg", content=JPEG, headers={"Content-Encoding": "Identity"}).status_code == 202


@pytest.mark.parametrize("name", ["a%0Ab.jpg", "a%0D%0Ab.jpg", "%00.jpg", "a%7F.jpg", "a%C2%85.jpg"])
def test_a_name_with_control_characters_is_refused(client: httpx.Client, stage: Stage, name: str) -> None:
    answer = client.put(f"/v1/jobs/{name}", content=JPEG)

    assert code(answer) == (422, "invalid_request")
    assert answer.json()["errors"][0]["parameter"] == "filename"
    assert stage.traces() == NOTHING


def test_the_name_in_a_form_is_decoded(client: httpx.Client) -> None:
    head = (
        b'--B\r\nContent-Disposition: form-data; name="file"; filename="=?utf-8?B?SMOkZmVuIDE5MzEuanBn?="; '
        b"filename*=utf-8''H%C3%A4fen%201931.jpg\r\nContent-Type: image/jpeg\r\n\r\n"
    )

    answer = client.post(
        "/v1/jobs",
        content=head + JPEG + b"\r\n--B--\r\n",
        headers={"Content-Type": "multipart/form-data; boundary=B"},
    )

    assert answer.json()["source"]["filename"] == "Häfen 1931.jpg"
