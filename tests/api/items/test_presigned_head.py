"""The gateway answers HEAD of a result itself: a presigned URL is valid for GET only."""

import httpx

from api.settings import GatewaySettings
from tests.api.stage import JPEG, Stage, gateway_running
from tests.api.stand_in import Worker


def test_head_of_a_result_is_not_redirected(gateway_settings: GatewaySettings, stage: Stage, worker: Worker) -> None:
    storage = gateway_settings.storage.model_copy(update={"public_endpoint_url": gateway_settings.storage.endpoint_url})
    changed = gateway_settings.model_copy(update={"storage": storage})
    with gateway_running(changed) as gateway, httpx.Client(base_url=gateway.url) as public:
        job_id = public.post("/v1/jobs", content=JPEG).json()["id"]
        worker.finish_single(job_id, b"colored")

        head = public.head(f"/v1/jobs/{job_id}/items/0/result")
        get = public.get(f"/v1/jobs/{job_id}/items/0/result", headers={"Range": "bytes=2-4"})

        assert (head.status_code, head.headers["content-length"]) == (200, "7")
        assert get.status_code == 303
        assert httpx.get(get.headers["location"], headers={"Range": "bytes=2-4"}).content == b"lor"
