"""Uploading files part by part, as a client does."""

import httpx


def begin(client: httpx.Client, content: bytes, filename: str | None = "scan.jpg") -> dict:
    answer = client.post("/v1/uploads", json={"filename": filename, "bytes": len(content)})
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/v1/uploads/{answer.json()['id']}"
    return answer.json()


def send(client: httpx.Client, upload: dict, content: bytes) -> list[dict]:
    sent, offset = [], 0
    for part in upload["parts"]["data"]:
        answer = client.put(part["url"], content=content[offset : offset + part["bytes"]])
        assert answer.is_success, answer.text
        sent.append({"number": part["number"], "etag": answer.headers["etag"]})
        offset += part["bytes"]
    return sent


def complete(client: httpx.Client, upload: dict, sent: list[dict]) -> httpx.Response:
    return client.post(f"/v1/uploads/{upload['id']}/complete", json={"parts": sent})


def uploaded(client: httpx.Client, content: bytes, filename: str | None = "scan.jpg") -> str:
    """The id of a completed upload."""
    upload = begin(client, content, filename)
    assert complete(client, upload, send(client, upload, content)).status_code == 200
    return str(upload["id"])


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
