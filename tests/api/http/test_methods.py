"""HEAD and `Allow` tell the truth about every path."""

import httpx
import pytest

from tests.api.archives import zip_of
from tests.api.stage import JPEG
from tests.api.stand_in import Worker, items_named

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/livez", "GET, HEAD"),
        ("/v1/jobs", "GET, HEAD, POST"),
        ("/v1/jobs/a.jpg", "GET, HEAD, PUT, DELETE"),
        ("/v1/jobs/job_1/cancel", "POST"),
        ("/v1/jobs/job_1/items/0/result", "GET, HEAD"),
        ("/v1/jobs/job_1/results.zip", "GET, HEAD"),
        ("/v1/uploads", "POST"),
        ("/v1/uploads/upl_1", "GET, HEAD, DELETE"),
        ("/v1/uploads/upl_1/parts/1", "PUT"),
        ("/docs", "GET, HEAD"),
    ],
)
def test_allow_lists_what_is_allowed(client: httpx.Client, path: str, allowed: str) -> None:
    for method in METHODS:
        answer = httpx.request(method, f"{client.base_url}{path}", content=b"")

        if method in allowed.split(", "):
            assert answer.status_code != 405, method
        else:
            assert (answer.status_code, answer.headers["allow"]) == (405, allowed), method


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", ["/v1/jobs/a/b/c.jpg", "/nope"])
def test_an_unknown_path_has_no_method(client: httpx.Client, method: str, path: str) -> None:
    assert httpx.request(method, f"{client.base_url}{path}", content=JPEG).status_code == 404


@pytest.fixture
def job(client: httpx.Client, worker: Worker) -> str:
    job_id: str = client.post("/v1/jobs", content=zip_of(**{"a.jpg": JPEG, "b.jpg": JPEG})).json()["id"]
    worker.expand(job_id, items_named("a.jpg", "b.jpg"))
    worker.work(job_id, {0: b"colored", 1: b"colored, too"})
    return job_id


@pytest.mark.parametrize(
    "path",
    [
        "/livez",
        "/readyz",
        "/",
        "/docs",
        "/openapi.json",
        "/v1/jobs",
        "/v1/jobs/{job}",
        "/v1/jobs/job_unknown",
        "/v1/jobs/{job}/items?limit=1",
        "/v1/jobs/{job}/items/0/result",
        "/v1/jobs/{job}/results.zip",
        "/v1/jobs/{job}/report.jsonl",
        "/v1/jobs/{job}/report.csv",
        "/v1/models",
    ],
)
def test_head_has_the_headers_of_get(client: httpx.Client, job: str, path: str) -> None:
    url = str(client.base_url) + path.format(job=job)

    got, head = httpx.get(url), httpx.head(url)

    assert head.content == b""
    assert head.status_code == got.status_code
    for name in ("content-type", "content-length", "etag", "location", "content-disposition"):
        assert head.headers.get(name) == got.headers.get(name), name
