"""Retention over HTTP: how it is stated, and what the record of an expired job says."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import ValidationError

from api.settings import GatewaySettings
from shared.jobs.removal import Removals
from shared.jobs.retirement import Retirements
from tests.api.stage import JPEG, Stage, settings_for
from tests.api.stand_in import Worker


@pytest.fixture
def deleted(client: httpx.Client, stage: Stage, worker: Worker) -> str:
    """A job that was deleted after 30 days."""
    job_id = str(client.post("/v1/jobs", content=JPEG, params={"keep": "30d"}).json()["id"])
    worker.finish_single(job_id)
    stage.portal.call(retire, stage, job_id)
    return job_id


async def retire(stage: Stage, job_id: str) -> None:
    database = stage.gateway.database
    retirements, removals = Retirements(database), Removals(database)
    job = await stage.gateway.jobs.get(job_id)
    assert job is not None
    assert await retirements.begin(job, 0)
    assert await removals.claim(job_id, "mine", "reconciler", 60)
    assert await retirements.complete(job_id, "mine")


def test_a_job_is_kept_forever_unless_it_says_how_long(client: httpx.Client, worker: Worker) -> None:
    default = client.post("/v1/jobs", content=JPEG).json()
    kept = client.post("/v1/jobs", content=JPEG, params={"keep": "4w"}).json()
    for job in (default, kept):
        worker.finish_single(job["id"])

    default, kept = (client.get(f"/v1/jobs/{job['id']}").json() for job in (default, kept))

    assert (default["keep"], default["expires_at"]) == ("forever", None)
    assert kept["keep"] == "28d"
    finished, expires = (datetime.fromisoformat(kept[name]) for name in ("finished_at", "expires_at"))
    assert expires - finished == timedelta(weeks=4)


def test_the_default_is_a_setting(servers: dict[str, str], gateway_settings: GatewaySettings) -> None:
    settings = settings_for(servers, "x", gateway_settings.models_dir, default_keep="30d")

    assert settings.default_keep == timedelta(days=30)
    assert gateway_settings.default_keep is None
    with pytest.raises(ValidationError, match="'a month' is not a duration; write 12h, 30d or 4w"):
        settings_for(servers, "x", gateway_settings.models_dir, default_keep="a month")


@pytest.mark.parametrize("keep", ["a month", "0d", "-1d", "6000w", ""])
def test_other_durations_are_refused(client: httpx.Client, keep: str) -> None:
    response = client.post("/v1/jobs", content=JPEG, params={"keep": keep})

    assert (response.status_code, response.json()["code"]) == (422, "invalid_option")
    assert response.json()["detail"] == "keep: write how long, as 12h, 30d or 4w, or forever"


def test_the_record_of_an_expired_job_says_when_and_why(client: httpx.Client, deleted: str) -> None:
    job = client.get(f"/v1/jobs/{deleted}").json()

    assert (job["state"], job["counts"]["succeeded"]) == ("deleted", 1)
    assert (job["deletion"]["code"], job["deletion"]["state"]) == ("retention", "succeeded")
    assert job["deletion"]["detail"] == "The job was to be kept for 30d after its end."
    assert datetime.now(UTC) - datetime.fromisoformat(job["deletion"]["at"]) < timedelta(minutes=1)
    assert [name for name, link in job["links"].items() if link] == ["self"]
    assert client.get("/v1/jobs", params={"state": "deleted"}).json()["data"] == [job]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/items"),
        ("GET", "/items/0"),
        ("GET", "/items/0/result"),
        ("GET", "/items/0/source"),
        ("GET", "/results.zip"),
        ("GET", "/report.jsonl"),
        ("POST", "/retry"),
    ],
)
def test_nothing_else_of_it_can_be_requested(client: httpx.Client, deleted: str, method: str, path: str) -> None:
    response = client.request(method, f"/v1/jobs/{deleted}{path}")

    assert (response.status_code, response.json()["code"]) == (404, "job_deleted")
    assert "kept for 30d after its end; its items and results are no longer available" in response.json()["detail"]


def test_it_can_be_deleted_and_is_not_canceled(client: httpx.Client, deleted: str) -> None:
    assert client.post(f"/v1/jobs/{deleted}/cancel").status_code == 200
    removed = client.delete(f"/v1/jobs/{deleted}")

    assert (removed.status_code, removed.json()["state"], removed.json()["deletion"]) == (202, "deleting", None)
