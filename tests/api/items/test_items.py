"""Items: listing them, their records, and downloads of their results and sources."""

import hashlib
import io
import zipfile

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.archives.zip_index import zip_entries
from shared.chunks.documents import Item
from shared.documents import Failure
from shared.storage.keys import source_key
from tests.api.archives import zip_of
from tests.api.stage import JPEG, PNG, Stage
from tests.api.stand_in import Worker, items_named, skipped_item
from tests.shared.archives.readers import BytesReader

BROKEN = Failure(code="truncated", detail="The picture ends early.")


@pytest.fixture
def bulk(client: httpx.Client, worker: Worker) -> str:
    """Eleven items in chunks of four: two succeeded, one failed, one skipped, seven pending."""
    job_id = str(client.post("/v1/jobs", content=zip_of(a=JPEG)).json()["id"])
    pending = items_named(*(f"album/{n}.jpg" for n in range(10)))
    worker.expand(job_id, [*pending, skipped_item(10, "notes.txt")])
    worker.work(job_id, {0: b"first", 5: b"sixth", 6: BROKEN})
    return job_id


def listed(client: httpx.Client, job_id: str, **query: str | int) -> list[tuple[int, str]]:
    """Index and state of all items, page by page."""
    items: list[tuple[int, str]] = []
    cursor: str | None = None
    while True:
        after = {"after": cursor} if cursor else {}
        page = client.get(f"/v1/jobs/{job_id}/items", params={**query, **after}).json()
        items += [(item["index"], item["state"]) for item in page["data"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return items


STATES = (
    ["succeeded", "pending", "pending", "pending", "pending", "succeeded", "failed"] + ["pending"] * 3 + ["skipped"]
)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(limit=st.integers(1, 12), state=st.sampled_from([None, *set(STATES), "canceled"]))
def test_pages_of_any_size_show_every_item_once_and_in_order(
    client: httpx.Client, bulk: str, limit: int, state: str | None
) -> None:
    query = {} if state is None else {"state": state}

    items = listed(client, bulk, limit=limit, **query)

    assert items == [(index, each) for index, each in enumerate(STATES) if state in (None, each)]


@pytest.mark.parametrize("start", [0, 1, 3, 6, 9, 10, 2**31 - 1])
def test_a_list_can_start_at_any_index(client: httpx.Client, bulk: str, start: int) -> None:
    expected = list(enumerate(STATES))[start:]

    assert listed(client, bulk, start=start) == expected
    assert listed(client, bulk, start=start, limit=2) == expected


def test_pending_items_of_a_canceled_job_are_shown_as_canceled(client: httpx.Client, bulk: str) -> None:
    client.post(f"/v1/jobs/{bulk}/cancel")

    assert [index for index, _ in listed(client, bulk, state="canceled")] == [1, 2, 3, 4, 7, 8, 9]
    assert listed(client, bulk, state="pending") == []
    assert client.get(f"/v1/jobs/{bulk}/items/1").json()["state"] == "canceled"


def test_an_unsealed_job_has_no_items(client: httpx.Client, stage: Stage, worker: Worker) -> None:
    job_id = client.post("/v1/jobs", content=zip_of(a=JPEG)).json()["id"]

    assert listed(client, job_id) == []
    assert client.get(f"/v1/jobs/{job_id}/items/0").json()["code"] == "item_not_found"


def test_an_item_has_its_result_and_links(client: httpx.Client, bulk: str) -> None:
    item = client.get(f"/v1/jobs/{bulk}/items/5").json()

    result = {
        "variant": 1,
        "seed": 0,
        "member": "album/5.jpg",
        "bytes": 5,
        "sha256": hashlib.sha256(b"sixth").hexdigest(),
        "width": 64,
        "height": 48,
        "media_type": "image/jpeg",
        "link": f"/v1/jobs/{bulk}/items/5/result",
    }
    assert item == {
        "index": 5,
        "name": "album/5.jpg",
        "member": "album/5.jpg",
        "state": "succeeded",
        "result": result,
        "results": [result],
        "error": None,
        "verdict": None,
        "judged": None,
        "notes": [],
        "timings_ms": {"fetch": 1.0, "infer": 2.5},
        "columns": None,
        "name_bytes": None,
        "links": {
            "self": f"/v1/jobs/{bulk}/items/5",
            "source": f"/v1/jobs/{bulk}/items/5/source",
            "result": f"/v1/jobs/{bulk}/items/5/result",
        },
    }


def test_a_failed_item_has_its_error(client: httpx.Client, bulk: str) -> None:
    item = client.get(f"/v1/jobs/{bulk}/items/6").json()

    assert (item["state"], item["result"], item["results"]) == ("failed", None, [])
    assert item["error"] == {"code": "truncated", "detail": "The picture ends early."}
    assert "result" not in item["links"]


@pytest.mark.parametrize(
    ("index", "status", "code"),
    [
        ("11", 404, "item_not_found"),
        ("999999999", 404, "item_not_found"),
        ("-1", 422, "invalid_request"),
        ("first", 422, "invalid_request"),
        ("99999999999999999999", 422, "invalid_request"),
    ],
)
def test_an_unknown_item_is_a_problem(client: httpx.Client, bulk: str, index: str, status: int, code: str) -> None:
    answer = client.get(f"/v1/jobs/{bulk}/items/{index}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_result_is_served_with_its_type_and_name(client: httpx.Client, bulk: str) -> None:
    answer = client.get(f"/v1/jobs/{bulk}/items/5/result")

    assert (answer.status_code, answer.content) == (200, b"sixth")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-length"] == "5"
    assert answer.headers["etag"] == f'"{hashlib.sha256(b"sixth").hexdigest()}"'
    assert answer.headers["content-disposition"] == 'attachment; filename="5-colorized.jpg"'
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_current_result_is_not_sent_again(client: httpx.Client, bulk: str) -> None:
    path = f"/v1/jobs/{bulk}/items/5/result"

    answer = client.get(path, headers={"If-None-Match": client.get(path).headers["etag"]})

    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize(
    ("index", "status", "code"),
    [(1, 409, "not_ready"), (6, 404, "item_failed"), (10, 404, "item_skipped"), (11, 404, "item_not_found")],
)
def test_an_item_without_a_result_has_a_reason(
    client: httpx.Client, bulk: str, index: int, status: int, code: str
) -> None:
    answer = client.get(f"/v1/jobs/{bulk}/items/{index}/result")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_canceled_item_has_no_result(client: httpx.Client, bulk: str) -> None:
    client.post(f"/v1/jobs/{bulk}/cancel")

    assert client.get(f"/v1/jobs/{bulk}/items/1/result").json()["code"] == "item_canceled"


def test_a_result_missing_in_storage_is_a_500(client: httpx.Client, stage: Stage, bulk: str) -> None:
    [key, *_] = [key for key in stage.traces()["objects"] if "/results/" in key]
    stage.portal.call(stage.gateway.storage.delete, key)

    answer = client.get(f"/v1/jobs/{bulk}/items/0/result")

    assert (answer.status_code, answer.json()["code"]) == (500, "object_not_found")


def test_the_source_of_a_single_picture_is_what_was_sent(client: httpx.Client) -> None:
    job_id = client.post("/v1/jobs", params={"filename": "фото №1.png"}, content=PNG).json()["id"]

    answer = client.get(f"/v1/jobs/{job_id}/items/0/source")

    assert answer.content == PNG
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"???? ?1.png\"; filename*=UTF-8''%D1%84%D0%BE%D1%82%D0%BE%20%E2%84%961.png"
    )


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_source_is_read_from_its_archive(client: httpx.Client, stage: Stage, worker: Worker, method: int) -> None:
    large = JPEG + b"the same again and again" * 50_000
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", method) as writer:
        writer.writestr("small.png", PNG)
        writer.writestr("large.jpg", large)
    job_id = client.post("/v1/jobs", content=archive.getvalue()).json()["id"]
    worker.expand(job_id, stage.portal.call(items_of, job_id, archive.getvalue()))

    answers = [client.get(f"/v1/jobs/{job_id}/items/{index}/source") for index in (0, 1)]

    assert [answer.content for answer in answers] == [PNG, large]
    assert [answer.headers["content-type"] for answer in answers] == ["image/png", "image/jpeg"]


def test_a_corrupt_source_is_a_problem(client: httpx.Client, stage: Stage, worker: Worker) -> None:
    archive = zip_of(**{"a.jpg": JPEG})
    damaged = archive.replace(b"PK\x03\x04\x14", b"PK\x03\x04\x15", 1).replace(JPEG[:4], b"\xff\xd8\xff\xe1", 1)
    job_id = client.post("/v1/jobs", content=damaged).json()["id"]
    [item] = stage.portal.call(items_of, job_id, archive)
    elsewhere = dict(item.locator or {}) | {"offset": 5}
    worker.expand(job_id, [item.model_copy(update={"locator": elsewhere})])

    answer = client.get(f"/v1/jobs/{job_id}/items/0/source")

    assert (answer.status_code, answer.json()["code"]) == (404, "corrupt_entry")


def test_a_skipped_entry_has_no_source(client: httpx.Client, bulk: str) -> None:
    answer = client.get(f"/v1/jobs/{bulk}/items/10/source")

    assert (answer.status_code, answer.json()["code"]) == (404, "no_source")


async def items_of(job_id: str, archive: bytes) -> list[Item]:
    key = source_key(job_id)
    return [
        Item(index=entry.index, name=entry.name, member=entry.name, locator=dict(entry.locator(key)))
        async for entry in zip_entries(BytesReader(archive))
    ]
