"""A gateway that gets SIGTERM: bodies that arrive in time become jobs, the others are refused and leave nothing."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from api.settings import GatewaySettings
from tests.api.stage import JPEG, REPOSITORY, Stage
from tests.fixtures.ports import free_port
from tests.fixtures.stack import wait_until

SHUTDOWN_SECONDS = 4


@pytest.fixture
def gateway(
    servers: dict[str, str], gateway_settings: GatewaySettings, stage: Stage
) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """Another gateway on the same servers, as a process. `stage` has emptied these."""
    port = free_port()
    variables = {
        **servers,
        "PHOTOCHROM_MONGO__DATABASE": gateway_settings.mongo.database,
        "PHOTOCHROM_MODELS_DIR": str(gateway_settings.models_dir),
        "PHOTOCHROM_PORT": str(port),
        "PHOTOCHROM_SHUTDOWN_SECONDS": str(SHUTDOWN_SECONDS),
    }
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen([sys.executable, "-m", "api"], cwd=REPOSITORY, env={**os.environ, **variables}) as process:
        wait_until(lambda: is_live(url), 30)
        yield url, process
        process.kill()


def is_live(url: str) -> bool:
    try:
        return httpx.get(f"{url}/livez").is_success
    except httpx.ConnectError:
        return False


def slowly(content: bytes, started: threading.Event, end: threading.Event) -> Iterator[bytes]:
    """A body whose rest arrives when `end` is set, byte by byte until then."""
    yield content[:-200]
    started.set()
    for place in range(len(content) - 200, len(content)):
        end.wait(0.1)
        yield content[place : place + 1]


def test_a_body_is_completed_or_refused_and_nothing_is_half_accepted(
    gateway: tuple[str, "subprocess.Popen[bytes]"], stage: Stage
) -> None:
    url, process = gateway
    in_time, too_slow, started = threading.Event(), threading.Event(), [threading.Event(), threading.Event()]
    answers: dict[str, httpx.Response] = {}

    def submit(name: str, begun: threading.Event, end: threading.Event) -> None:
        answers[name] = httpx.post(f"{url}/v1/jobs", content=slowly(JPEG, begun, end), timeout=30)

    threads = [
        threading.Thread(target=submit, args=("in time", started[0], in_time)),
        threading.Thread(target=submit, args=("too slow", started[1], too_slow)),
    ]
    for thread, begun in zip(threads, started, strict=True):
        thread.start()
        assert begun.wait(10)
    wait_until(lambda: len(stage.traces()["uploads"]) == 2, 10)

    process.send_signal(signal.SIGTERM)
    signaled = time.monotonic()
    in_time.set()
    for thread in threads:
        thread.join(20)
    assert process.wait(10) == -signal.SIGTERM
    assert time.monotonic() - signaled < SHUTDOWN_SECONDS + 1

    assert answers["in time"].status_code == 202
    refused = answers["too slow"]
    assert (refused.status_code, refused.json()["code"]) == (503, "shutting_down")
    assert int(refused.headers["retry-after"]) > 0
    job_id = answers["in time"].json()["id"]
    traces = stage.traces()
    assert (traces["jobs"], traces["uploads"]) == ([job_id], [])
    assert [key.split("/")[1] for key in traces["objects"]] == [job_id]


def test_a_long_poll_ends_at_once(gateway: tuple[str, "subprocess.Popen[bytes]"]) -> None:
    url, process = gateway
    job = httpx.post(f"{url}/v1/jobs", content=JPEG).json()
    with socket.create_connection(("127.0.0.1", httpx.URL(url).port or 0), timeout=20) as poll:
        poll.sendall(f"GET /v1/jobs/{job['id']}?wait=20 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        # Answered after the poll has been received.
        assert is_live(url)

        process.send_signal(signal.SIGTERM)

        assert poll.recv(1 << 16).startswith(b"HTTP/1.1 200 OK")
    assert process.wait(SHUTDOWN_SECONDS) == -signal.SIGTERM
