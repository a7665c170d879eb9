"""Uploads in parts: directly to storage if clients can reach it, else through the gateway."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from photochrom import Client

from api.settings import GatewaySettings
from api.uploads.service import MAX_PARTS, MiB, part_bytes
from tests.api.archives import zip_of
from tests.api.stage import JPEG, Stage, gateway_running
from tests.api.uploading import begin, code, complete, send

PART = 5 * MiB
CONTENT = JPEG + os.urandom(2 * PART)


@pytest.fixture(scope="session")
def small_parts(gateway_settings: GatewaySettings) -> GatewaySettings:
    return gateway_settings.model_copy(update={"upload_part_bytes": PART})


@pytest.fixture(scope="module")
def through_gateway(small_parts: GatewaySettings) -> Iterator[httpx.Client]:
    with client_of(small_parts) as client:
        yield client


@pytest.fixture(scope="module", params=[60])
def past_gateway(small_parts: GatewaySettings, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    storage = small_parts.storage.model_copy(update={"public_endpoint_url": small_parts.storage.endpoint_url})
    changed = small_parts.model_copy(update={"storage": storage, "presigned_seconds": request.param})
    with client_of(changed) as client:
        yield client


@contextmanager
def client_of(settings: GatewaySettings) -> Iterator[httpx.Client]:
    with gateway_running(settings) as gateway, httpx.Client(base_url=gateway.url, timeout=30) as client:
        yield client


@pytest.fixture
def through(through_gateway: httpx.Client, stage: Stage) -> httpx.Client:
    """`stage` empties the store and the bucket."""
    return through_gateway


@pytest.fixture
def past(past_gateway: httpx.Client, stage: Stage) -> httpx.Client:
    """A client that can reach the storage. The parameter is how many seconds a presigned URL is valid."""
    return past_gateway


def test_parts_bypass_the_gateway_if_clients_can_reach_the_storage(past: httpx.Client, stage: Stage) -> None:
    upload = begin(past, CONTENT)
    assert (upload["state"], upload["part_count"], upload["media_type"]) == ("open", 3, None)
    assert {httpx.URL(part["url"]).port for part in upload["parts"]["data"]} != {past.base_url.port}

    answer = complete(past, upload, send(past, upload, CONTENT))

    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["media_type"]) == ("completed", "image/jpeg")
    assert stage.portal.call(stage.gateway.storage.get, f"uploads/{upload['id']}/source") == CONTENT


@pytest.mark.parametrize("past_gateway", [3], indirect=True)
def test_the_client_requests_new_urls_when_they_have_expired(past: httpx.Client, stage: Stage) -> None:
    delays = iter([4.0])
    old = begin(past, JPEG)["parts"]["data"][0]["url"]

    def delay(sent: int, total: int | None) -> None:
        # After the first part, for longer than the URLs are valid.
        time.sleep(next(delays, 0.0))

    with Client(str(past.base_url)) as client:
        upload = client.upload(CONTENT, filename="scan.jpg", on_progress=delay)

    assert httpx.put(old, content=JPEG).status_code == 403
    assert (upload.state, upload.media_type) == ("completed", "image/jpeg")
    assert stage.portal.call(stage.gateway.storage.get, f"uploads/{upload.id}/source") == CONTENT


def test_parts_go_through_the_gateway_if_clients_cannot_reach_the_storage(through: httpx.Client, stage: Stage) -> None:
    upload = begin(through, CONTENT)
    assert upload["parts"]["data"][0]["url"] == f"/v1/uploads/{upload['id']}/parts/1"

    answer = complete(through, upload, list(reversed(send(through, upload, CONTENT))))

    assert answer.json()["state"] == "completed"
    assert stage.portal.call(stage.gateway.storage.get, f"uploads/{upload['id']}/source") == CONTENT


def test_a_part_can_be_resent_and_completing_is_idempotent(through: httpx.Client) -> None:
    upload = begin(through, CONTENT)
    send(through, upload, os.urandom(len(CONTENT)))
    sent = send(through, upload, CONTENT)

    first, second = complete(through, upload, sent), complete(through, upload, sent[:1])

    assert first.json() == second.json()
    assert first.json()["media_type"] == "image/jpeg"
    assert through.get(f"/v1/uploads/{upload['id']}").json() == first.json()


def test_a_presigned_url_enforces_the_length(past: httpx.Client) -> None:
    upload = begin(past, CONTENT)

    assert httpx.put(upload["parts"]["data"][0]["url"], content=b"x" * (PART - 1)).status_code == 403


@pytest.mark.parametrize(
    ("number", "length"), [(1, PART - 1), (1, PART + 1), (3, PART), (4, 1)], ids=["short", "long", "last", "beyond"]
)
def test_the_gateway_enforces_the_length_too(through: httpx.Client, number: int, length: int) -> None:
    upload = begin(through, CONTENT)
    url = f"/v1/uploads/{upload['id']}/parts/{number}"

    assert code(through.put(url, content=bytes(length)))[0] == 422
    assert through.put(url, content=iter([bytes(length)])).status_code in (413, 422)


@pytest.mark.parametrize(
    "numbers",
    [
        [1],
        [1, 2],
        [1, 2, 2],
        [1, 2, 4],
        [1, 2, 3, 3],
    ],
)
def test_every_part_must_be_listed_once(through: httpx.Client, numbers: list[int]) -> None:
    upload = begin(through, CONTENT)
    etags = {part["number"]: part["etag"] for part in send(through, upload, CONTENT)}

    answer = complete(through, upload, [{"number": n, "etag": etags.get(n, "e")} for n in numbers])

    assert code(answer) == (422, "invalid_parts")


def test_an_upload_can_be_completed_after_a_failed_attempt(through: httpx.Client) -> None:
    upload = begin(through, CONTENT)
    sent = send(through, upload, CONTENT)

    wrong = complete(through, upload, [*sent[:2], {"number": 3, "etag": '"0"'}])

    assert code(wrong) == (422, "invalid_parts")
    assert complete(through, upload, sent).json()["state"] == "completed"


def test_a_completed_upload_accepts_no_more_parts(through: httpx.Client) -> None:
    upload = begin(through, JPEG)
    complete(through, upload, send(through, upload, JPEG))

    assert code(through.put(upload["parts"]["data"][0]["url"], content=JPEG)) == (409, "upload_closed")
    assert code(through.get(f"/v1/uploads/{upload['id']}/parts")) == (409, "upload_closed")


def test_the_urls_of_many_parts_are_paged(client: httpx.Client) -> None:
    upload = client.post("/v1/uploads", json={"bytes": 150 * 8 * MiB}).json()
    first = upload["parts"]

    second = client.get(f"/v1/uploads/{upload['id']}/parts", params={"after": first["next_cursor"]}).json()

    assert [part["number"] for part in first["data"] + second["data"]] == list(range(1, 151))
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (zip_of(a=JPEG), "application/zip"),
        (b"#!/bin/sh\n" + zip_of(a=JPEG), "application/zip"),
        (b"%PDF-1.7 and so on", "application/pdf"),
        (b"nothing known", None),
    ],
)
def test_a_completed_upload_has_its_media_type(client: httpx.Client, content: bytes, media_type: str | None) -> None:
    upload = begin(client, content)

    assert complete(client, upload, send(client, upload, content)).json()["media_type"] == media_type


def test_a_deleted_upload_leaves_nothing(client: httpx.Client, stage: Stage) -> None:
    completed, unfinished = begin(client, JPEG), begin(client, JPEG)
    complete(client, completed, send(client, completed, JPEG))
    sent = send(client, unfinished, JPEG)

    answers = [client.delete(f"/v1/uploads/{upload['id']}") for upload in (completed, unfinished)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert stage.traces()["objects"] == []
    assert code(client.get(f"/v1/uploads/{completed['id']}")) == (404, "upload_not_found")
    assert code(client.delete(f"/v1/uploads/{completed['id']}")) == (404, "upload_not_found")
    assert code(complete(client, unfinished, sent)) == (404, "upload_not_found")
    assert code(client.put(unfinished["parts"]["data"][0]["url"], content=JPEG)) == (404, "upload_not_found")


def test_parts_missing_in_storage_cannot_be_completed(client: httpx.Client, stage: Stage) -> None:
    upload = begin(client, JPEG)
    sent = send(client, upload, JPEG)
    stored = stage.portal.call(stage.gateway.uploads.get, upload["id"])
    assert stored is not None
    stage.portal.call(stage.gateway.storage.abort_parts, stored.key, stored.parts_id)

    assert code(complete(client, upload, sent)) == (404, "upload_not_found")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"filename": "a"}', "#/bytes"),
        (b'{"bytes": 0}', "#/bytes"),
        (b'{"bytes": 1, "size": 1}', "#/size"),
        (b"[]", "#"),
        (b"{", "#"),
        (b"", "#"),
    ],
)
def test_an_invalid_body_is_refused_with_a_pointer(client: httpx.Client, body: bytes, pointer: str) -> None:
    answer = client.post("/v1/uploads", content=body)

    assert code(answer) == (422, "invalid_request")
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


def test_a_file_beyond_the_limit_is_refused(client: httpx.Client) -> None:
    assert code(client.post("/v1/uploads", json={"bytes": 2**50})) == (413, "body_too_large")
    assert code(client.post("/v1/uploads", content=b" " * (2 * MiB))) == (413, "body_too_large")


@pytest.mark.parametrize("total", [1, 8 * MiB, 10_000 * 8 * MiB, 10_000 * 8 * MiB + 1, 5 * 1024**4])
def test_no_file_has_more_parts_than_the_storage_allows(total: int) -> None:
    size = part_bytes(total, 8 * MiB)

    assert size >= 8 * MiB
    assert size % MiB == 0
    assert -(-total // size) <= MAX_PARTS
