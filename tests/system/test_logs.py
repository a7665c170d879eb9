"""The logs of a whole stack: every line is an object, a picture can be followed, and there is no secret in them."""

import io
import json
import socket
import zipfile
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from tests.fixtures.stack import RunningStack, wait_until
from tests.zoo.pictures import picture

pytestmark = pytest.mark.system

SECRET = "Sesame-6Rk41"
REQUEST_ID = "museum:1931.7"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PROCESSES = ("gateway", "worker-ingest", "worker-interactive", "worker-bulk", "reconciler")


@pytest.fixture(scope="module")
def client(stack: RunningStack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.url, timeout=60) as client:
        yield client


def events(stack: RunningStack, name: str) -> list[dict]:
    return [json.loads(line) for line in stack.logs(name).splitlines()]


def archive(*pictures: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in pictures:
            file.writestr(name, content)
    return buffer.getvalue()


def ended(client: httpx.Client, job: str) -> str:
    state = ""

    def has_ended() -> bool:
        nonlocal state
        state = client.get(job, params={"wait": 20}).json()["state"]
        return state in {"succeeded", "partially_succeeded", "failed"}

    wait_until(has_ended, seconds=90)
    return state


def test_a_picture_can_be_followed_from_its_request_to_the_worker(stack: RunningStack, client: httpx.Client) -> None:
    content = archive(("a.jpg", picture()), ("b.jpg", picture(1)))
    headers = {"X-Request-ID": REQUEST_ID, "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    answer = client.post("/v1/jobs", content=content, headers=headers)
    job = answer.json()["id"]
    assert answer.headers["x-request-id"] == REQUEST_ID
    assert ended(client, answer.headers["location"]) == "succeeded"

    def followed(name: str) -> list[dict]:
        return [event for event in events(stack, name) if event.get("request_id") == REQUEST_ID]

    wait_until(lambda: any(event["event"] == "task.ended" for event in followed("worker-bulk")))
    assert {"job.accepted", "request.answered"} <= {event["event"] for event in followed("gateway")}
    assert {event["event"] for event in followed("worker-ingest")} >= {"job.expanding", "job.sealed", "task.ended"}
    for name in ("gateway", "worker-ingest", "worker-bulk"):
        assert {event["trace_id"] for event in followed(name)} == {TRACE}, name
    colorized = followed("worker-bulk")
    assert {event["event"] for event in colorized} >= {"chunk.claimed", "chunk.done", "task.ended"}
    for event in colorized:
        assert (event["job"], event["chunk"], event["task"]) == (job, f"{job}:0", "chunk.colorize")
        assert event["task_id"]
        assert event["worker"].endswith(f":{stack.processes['worker-bulk'].pid}")


def test_the_retry_of_a_job_is_followed_by_its_own_request(stack: RunningStack, client: httpx.Client) -> None:
    job = client.post("/v1/jobs", content=picture()[:900]).headers["location"]
    assert ended(client, job) == "failed"

    client.post(f"{job}/retry", headers={"X-Request-ID": "again-1"})

    def worked_for() -> set[str]:
        return {event.get("request_id", "") for event in events(stack, "worker-interactive")}

    wait_until(lambda: "again-1" in worked_for(), seconds=60)


@pytest.mark.parametrize("name", PROCESSES)
def test_every_line_is_an_object_with_its_time_process_and_level(stack: RunningStack, name: str) -> None:
    lines = events(stack, name)

    assert lines
    for line in lines:
        assert {"event", "level", "timestamp"} <= line.keys()


def test_nothing_of_a_request_that_may_be_secret_is_logged(stack: RunningStack, client: httpx.Client) -> None:
    for send in (urls, headers, bodies, no_http):
        send(client)
    jobs = [client.post("/v1/jobs", content=content, params={"filename": f"{SECRET}.zip"}) for content in archives()]
    for job in jobs:
        ended(client, job.headers["location"])
    written = {path.name: path.read_text(errors="replace") for path in (stack.home / "logs").iterdir()}

    assert {name for name, text in written.items() if SECRET in text} == set()
    # All of these requests were logged.
    assert sum(event["event"] == "request.answered" for event in events(stack, "gateway")) > 20


def test_no_password_of_a_server_is_logged(stack: RunningStack) -> None:
    written = [path.read_text(errors="replace") for path in (stack.home / "logs").iterdir()]
    secrets = [path.read_text().strip() for path in (stack.home / "secrets").rglob("*") if path.is_file()]

    assert len(secrets) >= 3
    assert [secret for secret in secrets for text in written if secret in text] == []


def urls(client: httpx.Client) -> None:
    for path in (f"/{SECRET}", f"/v1/jobs/{SECRET}", f"/v1/jobs/{SECRET}/items/0", f"/v1/uploads/{SECRET}"):
        client.get(path, params={"api_key": SECRET, "after": SECRET, "wait": SECRET})
    client.put(f"/v1/jobs/{SECRET}.jpg", content=picture(), params={"label": SECRET})
    client.put(f"/v1/jobs/{SECRET}.jpg", content=b"no picture")


def headers(client: httpx.Client) -> None:
    for name in (
        "Authorization",
        "Cookie",
        "Idempotency-Key",
        "If-None-Match",
        "Prefer",
        "Referer",
        "User-Agent",
        "Host",
    ):
        value = f"Bearer {SECRET}" if name == "Authorization" else SECRET
        client.get("/v1/models", headers={name: value})
        client.post("/v1/jobs", content=picture(), headers={name: value})
    client.get("/v1/models", headers={"X-Request-ID": f"not an id {SECRET}"})


def bodies(client: httpx.Client) -> None:
    for body in (
        {"source": SECRET},
        {"source": {"type": "upload", "upload": SECRET}},
        {"source": {"type": "s3_prefix", "bucket": SECRET, "prefix": SECRET}},
        {"source": {"type": "s3_prefix", "bucket": "museum", "prefix": SECRET}},
        {"source": {"type": "manifest", "bucket": "museum", "key": f"{SECRET}.csv"}, "labels": [SECRET]},
    ):
        client.post("/v1/jobs", json=body)
    client.post("/v1/jobs", content=f'{{"{SECRET}'.encode(), headers={"Content-Type": "application/json"})
    client.post("/v1/jobs", data={"model": SECRET}, files={"file": (SECRET, picture())})
    client.post("/v1/uploads", json={"filename": SECRET, "bytes": -1})


def archives() -> list[bytes]:
    """One whose pictures are damaged, one that is damaged itself, one without a picture."""
    damaged = archive((f"{SECRET}.jpg", picture()[:400] + SECRET.encode()), (f"{SECRET}.txt", SECRET.encode()))
    whole = archive((f"{SECRET}.jpg", picture()))
    return [damaged, whole[: len(whole) // 2], archive((f"{SECRET}.txt", SECRET.encode()))]


def no_http(client: httpx.Client) -> None:
    address = urlsplit(str(client.base_url))
    for request in (f"{SECRET} / HTTP/1.1\r\n\r\n", f"GET /livez HTTP/1.1\r\nHost: x\r\n{SECRET}\r\n\r\n"):
        with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
            connection.sendall(request.encode())
            connection.recv(1000)


def test_the_logs_are_where_the_guide_says(stack: RunningStack) -> None:
    logged = [path for path in (stack.home / "logs").glob("*.log") if REQUEST_ID in path.read_text(errors="replace")]

    assert {path.stem for path in logged} >= {"gateway", "worker-ingest", "worker-bulk"}
