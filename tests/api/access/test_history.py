"""Who submitted, retried, canceled and deleted a job is kept with it, and shown in its report."""

import csv
import json
from collections.abc import Callable

import httpx
import pytest

from shared.jobs.history import MOST_ACTS
from tests.api.access.conftest import ADMIN, MakeKey, key_id
from tests.api.finished_job import finished_job
from tests.api.stage import JPEG, Stage
from tests.api.stand_in import Worker

pytestmark = pytest.mark.usefixtures("nothing_remembered")
ClientOf = Callable[[str | None], httpx.Client]


def test_each_act_is_kept_with_owner_key_and_time(guarded: Stage, make_key: MakeKey, client_of: ClientOf) -> None:
    key, admin = make_key("museum"), make_key("it", ADMIN)
    museum, operator = client_of(key), client_of(admin)
    path = museum.post("/v1/jobs", content=JPEG).json()["links"]["self"]

    operator.post(f"{path}/cancel").raise_for_status()
    museum.post(f"{path}/retry").raise_for_status()
    operator.delete(path).raise_for_status()

    history = museum.get(path).json()["history"]
    assert [(act["action"], act["owner"], act["key"]) for act in history] == [
        ("submitted", "museum", key_id(key)),
        ("canceled", "it", key_id(admin)),
        ("retried", "museum", key_id(key)),
        ("deleted", "it", key_id(admin)),
    ]
    assert sorted(act["at"] for act in history) == [act["at"] for act in history]


def test_the_report_shows_it(guarded: Stage, make_key: MakeKey, client_of: ClientOf) -> None:
    key = make_key("museum")
    client = client_of(key)
    job = finished_job(client, Worker(guarded), "image/jpeg", **{"a.jpg": b"a"})

    line = json.loads(client.get(f"/v1/jobs/{job}/report.jsonl").text.splitlines()[0])
    (row, *_) = csv.DictReader(client.get(f"/v1/jobs/{job}/report.csv").text.splitlines())

    assert [(act["action"], act["owner"], act["key"]) for act in line["job_history"]] == [
        ("submitted", "museum", key_id(key))
    ]
    assert json.loads(row["job_history"]) == line["job_history"]


def test_without_a_key_it_is_the_local_owner(client: httpx.Client) -> None:
    (act,) = client.post("/v1/jobs", content=JPEG).json()["history"]

    assert (act["action"], act["owner"], act["key"]) == ("submitted", "local", None)


def test_it_does_not_grow_without_bounds(guarded: Stage, make_key: MakeKey, client_of: ClientOf) -> None:
    client = client_of(make_key("museum"))
    job = client.post("/v1/jobs", content=JPEG).json()

    async def fill() -> None:
        act = {**job["history"][0], "action": "retried"}
        jobs = guarded.gateway.database["jobs"]
        await jobs.update_one({"_id": job["id"]}, {"$set": {"history": [act] * MOST_ACTS}})

    guarded.portal.call(fill)
    client.post(f"{job['links']['self']}/cancel").raise_for_status()

    history = client.get(job["links"]["self"]).json()["history"]
    assert len(history) == MOST_ACTS
    assert history[-1]["action"] == "canceled"
