"""Webhooks over HTTP: how one is stated, which are refused, and who sees which."""

import httpx
import pytest
from pydantic import ValidationError

from api.settings import GatewaySettings
from shared.webhooks.documents import SERVICE, Webhook
from tests.api.stage import JPEG, Stage, gateway_running, settings_for

URL = "https://archive.example/hook?token=1"


def stored(stage: Stage, job_id: str) -> Webhook | None:
    job = stage.portal.call(stage.gateway.jobs.get, job_id)
    assert job is not None
    return job.webhook


def test_a_job_names_the_url_to_which_its_end_is_reported(client: httpx.Client, stage: Stage) -> None:
    by_query = client.post("/v1/jobs", content=JPEG, params={"webhook": URL}).json()
    by_form = client.post("/v1/jobs", data={"webhook": URL}, files={"file": JPEG}).json()
    without = client.post("/v1/jobs", content=JPEG).json()

    assert by_query["webhook"] == by_form["webhook"] == URL
    assert stored(stage, by_query["id"]) == Webhook(url=URL, signer=by_query["owner"])
    assert (without["webhook"], stored(stage, without["id"])) == (None, None)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("archive.example", "write http:// or https://, a host, and a path in ASCII"),
        ("https://user:pass@archive.example/", "write http:// or https://, a host, and a path in ASCII"),
        ("http://localhost:9000/", "localhost is not an address to which this service sends webhooks"),
        ("http://169.254.169.254/latest/", "169.254.169.254 is not an address to which this service sends webhooks"),
        ("http://0x7f.1/", "0x7f.1 is not an address to which this service sends webhooks"),
        ("http://[::ffff:10.0.0.1]/", "::ffff:10.0.0.1 is not an address to which this service sends webhooks"),
    ],
)
def test_urls_that_can_never_be_reached_are_refused_and_nothing_is_stored(
    client: httpx.Client, stage: Stage, url: str, reason: str
) -> None:
    before = len(client.get("/v1/jobs").json()["data"])

    response = client.post("/v1/jobs", content=JPEG, params={"webhook": url})

    assert (response.status_code, response.json()["code"]) == (422, "invalid_option")
    assert response.json()["detail"].startswith(f"webhook: {reason}")
    assert len(client.get("/v1/jobs").json()["data"]) == before


def test_the_default_is_a_setting(servers: dict[str, str], gateway_settings: GatewaySettings) -> None:
    settings = settings_for(servers, "x", gateway_settings.models_dir, default_webhook=URL)

    assert settings.default_webhook == URL
    assert gateway_settings.default_webhook is None
    with pytest.raises(ValidationError, match="write http:// or https://"):
        settings_for(servers, "x", gateway_settings.models_dir, default_webhook="archive.example")


def test_the_url_of_the_settings_is_used_but_not_shown(
    servers: dict[str, str], gateway_settings: GatewaySettings
) -> None:
    settings = settings_for(servers, "gateway_tests", gateway_settings.models_dir, default_webhook=URL)
    with gateway_running(settings) as stage, httpx.Client(base_url=stage.url, trust_env=False) as client:
        job = client.post("/v1/jobs", content=JPEG).json()

        assert job["webhook"] is None
        assert stored(stage, job["id"]) == Webhook(url=URL, signer=SERVICE)
