"""If clients can reach the storage, they fetch results directly from there."""

from collections.abc import Iterator

import httpx
import pytest

from api.settings import GatewaySettings
from tests.api.stage import JPEG, Stage, gateway_running
from tests.api.stand_in import Worker


@pytest.fixture
def public(gateway_settings: GatewaySettings, stage: Stage) -> Iterator[httpx.Client]:
    storage = gateway_settings.storage.model_copy(update={"public_endpoint_url": gateway_settings.storage.endpoint_url})
    changed = gateway_settings.model_copy(update={"storage": storage})
    with gateway_running(changed) as gateway, httpx.Client(base_url=gateway.url) as client:
        yield client


def test_a_result_redirects_to_a_presigned_url(public: httpx.Client, worker: Worker) -> None:
    job_id = public.post("/v1/jobs", params={"filename": "Bär.jpg"}, content=JPEG).json()["id"]
    worker.finish_single(job_id, b"colored")

    answer = public.get(f"/v1/jobs/{job_id}/items/0/result")

    assert answer.status_code == 303
    assert answer.headers["cache-control"] == "no-store"
    fetched = httpx.get(answer.headers["location"])
    assert fetched.content == b"colored"
    assert "B%C3%A4r-colorized.jpg" in fetched.headers["content-disposition"]
