"""Files that are sent part by part: past the gateway where clients can reach the storage, else through it."""

import os
import time
from collections.abc import Iterator

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


@pytest.fixture
def through(small_parts: GatewaySettings, stage: Stage) -> Iterator[httpx.Client]:
    with gateway_running(small_parts) as gateway, httpx.Client(base_url=gateway.url, timeout=30) as client:
        yield client


@pytest.fixture(params=[60])
def past(small_parts: GatewaySettings, stage: Stage, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """Its parameter is for how many seconds an address is good."""
    storage = small_parts.storage.model_copy(update={"public_endpoint_url": small_parts.storage.endpoint_url})
    changed = small_parts.model_copy(update={"storage": storage, "presigned_seconds": request.param})
    with gateway_running(changed) as gateway, httpx.Client(base_url=gateway.url, timeout=30) as client:
        yield client


def test_parts_go_past_the_gateway_where_clients_can_reach_the_storage(past: httpx.Client, stage: Stage) -> None:
    upload = begin(past, CONTENT)
    assert (upload["state"], upload["part_count"], upload["media_type"]) == ("open", 3, None)
    assert {httpx.URL(part["url"]).port for part in upload["parts"]["data"]} != {past.base_url.port}

    answer = complete(past, upload, send(past, upload, CONTENT))

    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["media_type"]) == ("completed", "image/jpeg")
    assert stage.portal.call(stage.gateway.storage.get, f"uploads/{upload['id']}/source") == CONTENT


@pytest.mark.parametrize("past", [3], indirect=True)
def test_the_client_sends_them_there_too_and_asks_for_new_addresses_when_they_have_run_out(
    past: httpx.Client, stage: Stage
) -> None:
    dawdles = iter([4.0])
    old = begin(past, JPEG)["parts"]["data"][0]["url"]

    def dawdle(sent: int, total: int | None) -> None:
        # Longer than the addresses are good for, behind the first part.
        time.sleep(next(dawdles, 0.0))

    with Client(str(past.base_url)) as client:
        upload = client.upload(CONTENT, filename="scan.jpg", on_progress=dawdle)

    assert httpx.put(old, content=JPEG).status_code == 403
    assert (upload.state, upload.media_type) == ("completed", "image/jpeg")
    assert stage.portal.call(stage.gateway.storage.get, f"uploads/{upload.id}/source") == CONTENT


def test_parts_go_through_the_gateway_where_nothing_else_is_reached(through: httpx.Client, stage: Stage) -> None:
    upload = begin(through, CONTENT)
    assert upload["parts"]["data"][0]["url"] == f"/v1/uploads/{upload['id']}/parts/1"

    answer = complete(through, upload, list(reversed(send(through, upload, CONTENT))))

    assert answer.json()["state"] == "completed"
    assert stage.portal.call(stage.gateway.storage.get, f"uploads/{upload['id']}/source") == CONTENT


def test_a_part_may_be_sent_again_and_completing_twice_is_as_good_as_once(through: httpx.Client) -> None:
    upload = begin(through, CONTENT)
    send(through, upload, os.urandom(len(CONTENT)))
    sent = send(through, upload, CONTENT)

    first, second = complete(through, upload, sent), complete(through, upload, sent[:1])

    assert first.json() == second.json()
    assert first.json()["media_type"] == "image/jpeg"
    assert through.get(f"/v1/uploads/{upload['id']}").json() == first.json()


def test_a_presigned_url_takes_no_other_length(past: httpx.Client) -> None:
    upload = begin(past, CONTENT)

    assert httpx.put(upload["parts"]["data"][0]["url"], content=b"x" * (PART - 1)).status_code == 403


@pytest.mark.parametrize(
    ("number", "length"), [(1, PART - 1), (1, PART + 1), (3, PART), (4, 1)], ids=["short", "long", "last", "beyond"]
)
def test_the_gateway_takes_no_other_length_either(through: httpx.Client, number: int, length: int) -> None:
    upload = begin(through, CONTENT)
    url = f"/v1/uploads/{upload['id']}/parts/{number}"

    assert code(through.put(url, content=bytes(length)))[0] == 422
    assert through.put(url, content=iter([bytes(length)])).status_code in (413, 422)


@pytest.mark.parametrize(
    "said",
    [
        [1],
        [1, 2],
        [1, 2, 2],
        [1, 2, 4],
        [1, 2, 3, 3],
    ],
)
def test_every_part_must_be_named_once(through: httpx.Client, said: list[int]) -> None:
    upload = begin(through, CONTENT)
    etags = {part["number"]: part["etag"] for part in send(through, upload, CONTENT)}

    answer = complete(through, upload, [{"number": n, "etag": etags.get(n, "e")} for n in said])

    assert code(answer) == (422, "invalid_parts")


def test_a_part_that_was_not_sent_can_be_sent_afterwards(through: httpx.Client) -> None:
    upload = begin(through, CONTENT)
    sent = send(through, upload, CONTENT)

    wrong = complete(through, upload, [*sent[:2], {"number": 3, "etag": '"0"'}])

    assert code(wrong) == (422, "invalid_parts")
    assert complete(through, upload, sent).json()["state"] == "completed"


def test_a_completed_upload_takes_no_more_parts(through: httpx.Client) -> None:
    upload = begin(through, JPEG)
    complete(through, upload, send(through, upload, JPEG))

    assert code(through.put(upload["parts"]["data"][0]["url"], content=JPEG)) == (409, "upload_closed")
    assert code(through.get(f"/v1/uploads/{upload['id']}/parts")) == (409, "upload_closed")


def test_the_urls_of_many_parts_come_a_page_at_a_time(client: httpx.Client) -> None:
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
def test_a_completed_upload_says_what_it_is(client: httpx.Client, content: bytes, media_type: str | None) -> None:
    upload = begin(client, content)

    assert complete(client, upload, send(client, upload, content)).json()["media_type"] == media_type


def test_a_dropped_upload_leaves_nothing(client: httpx.Client, stage: Stage) -> None:
    done, open_one = begin(client, JPEG), begin(client, JPEG)
    complete(client, done, send(client, done, JPEG))
    sent = send(client, open_one, JPEG)

    answers = [client.delete(f"/v1/uploads/{upload['id']}") for upload in (done, open_one)]

    assert [answer.status_code for answer in answers] == [204, 204]
    assert stage.traces()["objects"] == []
    assert code(client.get(f"/v1/uploads/{done['id']}")) == (404, "upload_not_found")
    assert code(client.delete(f"/v1/uploads/{done['id']}")) == (404, "upload_not_found")
    assert code(complete(client, open_one, sent)) == (404, "upload_not_found")
    assert code(client.put(open_one["parts"]["data"][0]["url"], content=JPEG)) == (404, "upload_not_found")


def test_what_the_storage_has_lost_cannot_be_completed(client: httpx.Client, stage: Stage) -> None:
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
def test_a_body_that_cannot_be_meant_is_refused_with_a_pointer(client: httpx.Client, body: bytes, pointer: str) -> None:
    answer = client.post("/v1/uploads", content=body)

    assert code(answer) == (422, "invalid_request")
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


def test_more_than_any_archive_may_have_is_refused(client: httpx.Client) -> None:
    assert code(client.post("/v1/uploads", json={"bytes": 2**50})) == (413, "body_too_large")
    assert code(client.post("/v1/uploads", content=b" " * (2 * MiB))) == (413, "body_too_large")


@pytest.mark.parametrize("total", [1, 8 * MiB, 10_000 * 8 * MiB, 10_000 * 8 * MiB + 1, 5 * 1024**4])
def test_no_file_has_more_parts_than_the_storage_takes(total: int) -> None:
    size = part_bytes(total, 8 * MiB)

    assert size >= 8 * MiB
    assert size % MiB == 0
    assert -(-total // size) <= MAX_PARTS
