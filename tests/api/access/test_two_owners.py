"""Two owners: for one, nothing of the other exists. Every route of the OpenAPI document is called with its ids."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from shared.ids import new_job_id, new_upload_id
from tests.api.access.conftest import ADMIN, MakeKey
from tests.api.finished_job import finished_job
from tests.api.stage import JPEG, Stage
from tests.api.stand_in import Worker

pytestmark = pytest.mark.usefixtures("nothing_remembered")
ClientOf = Callable[[str | None], httpx.Client]
KEY = {"Idempotency-Key": "monday"}
# A route with one of these names no record by its path.
WITHOUT_IDS = {
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/v1/models"),
    ("GET", "/v1/session"),
    ("GET", "/v1/usage"),
    ("POST", "/v1/session"),
    ("DELETE", "/v1/session"),
    ("GET", "/v1/jobs"),
    ("POST", "/v1/jobs"),
    ("PUT", "/v1/jobs/{job_id}"),
    ("POST", "/v1/uploads"),
    ("POST", "/v1/signed-urls"),
}
BODIES = {"/v1/uploads/{upload_id}/complete": {"parts": [{"number": 1, "etag": '"0"'}]}}


@dataclass
class Belongings:
    """One of everything, of the museum."""

    job: str
    open_upload: str
    upload: str
    cursors: dict[str, str]


@pytest.fixture
def museum(make_key: MakeKey, client_of: ClientOf) -> httpx.Client:
    return client_of(make_key("museum"))


@pytest.fixture
def family(make_key: MakeKey, client_of: ClientOf) -> httpx.Client:
    return client_of(make_key("family"))


@pytest.fixture
def admin(make_key: MakeKey, client_of: ClientOf) -> httpx.Client:
    return client_of(make_key("it", ADMIN))


@pytest.fixture
def theirs(guarded: Stage, museum: httpx.Client) -> Belongings:
    job = finished_job(museum, Worker(guarded), "image/jpeg", **{"a.jpg": b"a", "b.jpg": b"b"})
    museum.post("/v1/jobs", content=JPEG, headers=KEY).raise_for_status()
    open_upload = museum.post("/v1/uploads", json={"bytes": 12 * 1024**2, "filename": "secret.zip"}).json()["id"]
    upload = museum.post("/v1/uploads", json={"bytes": len(JPEG), "filename": "secret.jpg"}).json()["id"]
    etag = museum.put(f"/v1/uploads/{upload}/parts/1", content=JPEG).headers["ETag"]
    museum.post(f"/v1/uploads/{upload}/complete", json={"parts": [{"number": 1, "etag": etag}]}).raise_for_status()
    pages = {path: museum.get(path, params={"limit": 1}).json() for path in _lists(job, open_upload)}
    return Belongings(job, open_upload, upload, {path: page["next_cursor"] for path, page in pages.items()})


def _lists(job: str, upload: str) -> list[str]:
    return ["/v1/jobs", f"/v1/jobs/{job}/items", f"/v1/uploads/{upload}/parts"]


def routes(stage: Stage) -> Iterator[tuple[str, str]]:
    document = httpx.get(f"{stage.url}/openapi.json").json()
    for path, operations in document["paths"].items():
        yield from ((method.upper(), path) for method in operations)


def called(client: httpx.Client, method: str, path: str, ids: dict[str, str]) -> httpx.Response:
    filled = path.format(**ids, index=0, number=1)
    body = BODIES.get(path)
    content = json.dumps(body).encode() if body else JPEG if method == "PUT" else None
    return client.request(method, filled, content=content, headers={"Content-Type": "application/json"} if body else {})


def without(answer: httpx.Response, *varying: str) -> str:
    """The answer with what must differ between two requests replaced."""
    text = re.sub(r"req_[0-9A-Z]{26}", "req", answer.text)
    for each in varying:
        text = text.replace(each, "ID")
    return f"{answer.status_code} {text}"


def snapshot(stage: Stage) -> Any:
    async def read() -> list[Any]:
        database = stage.gateway.database
        return [
            await database[name].find({}).sort("_id", 1).to_list(None) for name in ("jobs", "chunks", "part_uploads")
        ]

    return stage.portal.call(read)


def test_every_route_answers_as_if_the_records_of_others_did_not_exist(
    guarded: Stage, family: httpx.Client, theirs: Belongings
) -> None:
    before, tried = snapshot(guarded), 0

    for method, path in routes(guarded):
        if (method, path) in WITHOUT_IDS:
            continue
        for upload in (theirs.open_upload, theirs.upload):
            nobodys = {"job_id": new_job_id(), "upload_id": new_upload_id()}
            answer = called(family, method, path, {"job_id": theirs.job, "upload_id": upload})
            reference = called(family, method, path, nobodys)
            assert answer.status_code == 404, f"{method} {path}"
            assert without(answer, theirs.job, upload) == without(reference, *nobodys.values()), f"{method} {path}"
            tried += 1

    assert tried >= 2 * 15
    assert snapshot(guarded) == before


def test_a_source_names_no_upload_of_others(guarded: Stage, family: httpx.Client, theirs: Belongings) -> None:
    before = snapshot(guarded)
    sources = [{"type": "upload", "upload": theirs.upload}, {"type": "uploads", "uploads": [theirs.upload]}]

    for source in sources:
        for dry_run in (False, True):
            answer = family.post("/v1/jobs", json={"source": source, "dry_run": dry_run})
            assert (answer.status_code, answer.json()["code"]) == (404, "upload_not_found"), source
            assert "secret" not in answer.text

    assert snapshot(guarded) == before


def test_a_source_names_no_job_of_others(
    guarded: Stage, museum: httpx.Client, family: httpx.Client, admin: httpx.Client, theirs: Belongings
) -> None:
    before = snapshot(guarded)

    def answer(client: httpx.Client, job: str, **source: Any) -> str:
        given = client.post("/v1/jobs", json={"source": {"type": "job", "job": job, **source}, "dry_run": True})
        return without(given, job)

    for chosen in ({}, {"items": [0]}, {"items": [99]}):
        assert answer(family, theirs.job, **chosen) == answer(family, new_job_id(), **chosen)
        assert answer(family, theirs.job, **chosen).startswith("404")
    # An admin sees the job, but the bytes of one owner are not shared with another.
    assert answer(admin, theirs.job).startswith("404")
    assert snapshot(guarded) == before
    assert answer(museum, theirs.job).startswith("200")


def test_a_bucket_of_others_is_like_one_that_does_not_exist(museum: httpx.Client, family: httpx.Client) -> None:
    def answer(client: httpx.Client, bucket: str) -> str:
        source = {"type": "s3_prefix", "bucket": bucket, "prefix": "1931/"}
        return without(client.post("/v1/jobs", json={"source": source}), bucket)

    assert answer(museum, "collection").startswith("202")
    assert answer(family, "everyones").startswith("202")
    assert answer(family, "collection").startswith("422")
    assert answer(family, "collection") == answer(family, "unheard-of")


def test_cursors_idempotency_keys_and_lists_are_each_owners(family: httpx.Client, theirs: Belongings) -> None:
    assert family.get("/v1/jobs").json() == {"data": [], "next_cursor": None}
    stolen = family.get("/v1/jobs", params={"after": theirs.cursors["/v1/jobs"]})
    assert (stolen.status_code, stolen.json()["code"]) == (422, "invalid_cursor")
    for path, cursor in theirs.cursors.items():
        assert path == "/v1/jobs" or family.get(path, params={"after": cursor}).status_code == 404

    fresh = family.post("/v1/jobs", content=JPEG, headers=KEY)
    assert fresh.status_code == 202
    assert "Idempotency-Replayed" not in fresh.headers
    assert fresh.json()["id"] != theirs.job
    assert [job["id"] for job in family.get("/v1/jobs").json()["data"]] == [fresh.json()["id"]]


def test_nothing_is_signed_for_others(family: httpx.Client, theirs: Belongings) -> None:
    answer = family.post("/v1/signed-urls", json={"path": f"/v1/jobs/{theirs.job}/results.zip"})

    assert (answer.status_code, answer.json()["code"]) == (404, "job_not_found")


def test_an_admin_sees_all_and_creates_as_itself(admin: httpx.Client, theirs: Belongings) -> None:
    assert {job["id"] for job in admin.get("/v1/jobs").json()["data"]} >= {theirs.job}
    assert admin.get(f"/v1/jobs/{theirs.job}/items/0/result").status_code == 200
    assert admin.get(f"/v1/uploads/{theirs.upload}").status_code == 200
    # Another owner's Idempotency-Key is another key, for an admin too.
    assert "Idempotency-Replayed" not in admin.post("/v1/jobs", content=JPEG, headers=KEY).headers
    assert admin.delete(f"/v1/jobs/{theirs.job}").status_code == 202
