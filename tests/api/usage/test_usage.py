"""`GET /v1/usage`: what the owner keeps, and the limit of the key."""

import httpx
import pytest

from tests.api.access.conftest import MakeKey, client_of, guarded, guarded_settings, make_key, running_guarded
from tests.api.finished_job import finished_job
from tests.api.sources import submit
from tests.api.stage import JPEG, Stage
from tests.api.stand_in import Worker
from tests.api.uploading import uploaded

__all__ = ["client_of", "guarded", "guarded_settings", "make_key", "running_guarded"]


@pytest.fixture
def at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage.gateway.admission._stored, "_seconds", 0)


def stored(client: httpx.Client) -> int:
    usage = client.get("/v1/usage").json()
    assert usage["owner"] == "local"
    assert usage["stored_bytes_limit"] is None
    return int(usage["stored_bytes"])


def test_it_sums_sources_results_and_waiting_uploads(client: httpx.Client, worker: Worker, at_once: None) -> None:
    assert stored(client) == 0
    upload = uploaded(client, JPEG)
    assert stored(client) == len(JPEG)

    job = submit(client, {"type": "upload", "upload": upload}).json()["id"]
    worker.finish_single(job, b"colored")

    assert stored(client) == len(JPEG) + len(b"colored")


def test_an_unfinished_upload_counts_as_announced_and_is_named(client: httpx.Client, at_once: None) -> None:
    uploaded(client, JPEG)
    begun = client.post("/v1/uploads", json={"filename": "box.zip", "bytes": 25_000_000})
    assert begun.status_code == 201

    usage = client.get("/v1/usage").json()

    assert (usage["stored_bytes"], usage["announced_bytes"]) == (len(JPEG) + 25_000_000, 25_000_000)


def test_a_shared_source_counts_once(client: httpx.Client, worker: Worker, at_once: None) -> None:
    job = finished_job(client, worker, "image/jpeg", **{"a.jpg": b"a"})
    before = stored(client)

    again = submit(client, {"type": "job", "job": job, "items": [0]}).json()["id"]
    assert stored(client) == before
    worker.finish_single(again, b"colored anew")

    assert stored(client) == before + len(b"colored anew")


def test_the_limit_is_that_of_the_key(make_key: MakeKey, guarded: Stage) -> None:
    headers = {"Authorization": f"Bearer {make_key('museum', limits={'stored_bytes': 4096})}"}

    usage = httpx.get(f"{guarded.url}/v1/usage", headers=headers).json()

    assert usage == {"owner": "museum", "stored_bytes": 0, "announced_bytes": 0, "stored_bytes_limit": 4096}
