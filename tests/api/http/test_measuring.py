"""What the gateway measures of requests: by the template of the route, whatever the path."""

import uuid

import httpx
import pytest

from tests.api.stage import JPEG
from tests.fixtures.metrics import growth, reading
from tests.fixtures.stack import wait_until

POLL = "/v1/jobs/{job_id}"


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", "/livez", "/livez", "200"),
        ("GET", "/v1/jobs/job_nope", POLL, "404"),
        ("HEAD", "/v1/jobs/job_nope", POLL, "404"),
        ("GET", "/v1/jobs/job_nope/items/3/result", "/v1/jobs/{job_id}/items/{index}/result", "404"),
        ("PUT", "/v1/jobs/job_nope/cancel", "/v1/jobs/{job_id}/cancel", "405"),
        ("PUT", "/v1/jobs/secret.txt", POLL, "415"),
        ("GET", "/v1/nothing/here", "none", "404"),
    ],
)
def test_a_request_is_counted_and_timed_by_its_route(client: httpx.Client, method, path, route, status) -> None:
    count = growth("photochrom_http_requests_total", method=method, route=route, status=status)
    timed = growth("photochrom_http_request_seconds_count", method=method, route=route)

    answer = httpx.request(method, f"{client.base_url}{path}", content=b"x" if method == "PUT" else None)

    assert str(answer.status_code) == status
    wait_until(lambda: count() == timed() == 1)


def test_unknown_methods_are_one_series(client: httpx.Client) -> None:
    count = growth("photochrom_http_requests_total", method="other", route="/livez", status="405")

    for method in ("MKCOL", "PROPFIND"):
        httpx.request(method, f"{client.base_url}/livez")

    wait_until(lambda: count() == 2)


def test_a_refused_host_is_counted(client: httpx.Client) -> None:
    count = growth("photochrom_http_requests_total", method="GET", route="none", status="403")

    client.get("/v1/models", headers={"Host": "example.org"})

    wait_until(lambda: count() == 1)


def test_bytes_of_bodies_are_counted_in_both_directions(client: httpx.Client) -> None:
    received = growth("photochrom_upload_bytes_total", route=POLL)
    sent = growth("photochrom_download_bytes_total", route=POLL)

    answer = client.put("/v1/jobs/scan.jpg", content=b"no picture" * 1000)

    assert received() == 10_000
    wait_until(lambda: sent() == len(answer.content))


def test_a_request_that_waits_for_a_job_is_not_timed(client: httpx.Client) -> None:
    path = client.post("/v1/jobs", content=JPEG).headers["location"]
    timed = growth("photochrom_http_request_seconds_count", method="GET", route=POLL)
    count = growth("photochrom_http_requests_total", method="GET", route=POLL, status="200")

    client.get(path, params={"wait": 0.2})
    client.get(path)

    wait_until(lambda: count() == 2)
    assert timed() == 1


def test_no_request_stays_in_progress(client: httpx.Client) -> None:
    for path in ("/livez", f"/v1/{uuid.uuid4()}"):
        client.get(path)

    wait_until(lambda: reading("photochrom_http_requests_in_progress") == 0)


def test_accepted_jobs_are_counted(client: httpx.Client) -> None:
    accepted = growth("photochrom_jobs_accepted_total", kind="single")

    client.post("/v1/jobs", content=JPEG)

    assert accepted() == 1
