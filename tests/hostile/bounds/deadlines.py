"""Bounds of time: how long a silent client, an unread answer and a crashed gateway are waited for."""

import os
import subprocess
import sys
import time
from contextlib import suppress
from urllib.parse import urlsplit

import httpx

from tests.api.stage import JPEG
from tests.fixtures.ports import free_port
from tests.fixtures.stack import REPOSITORY, RunningStack, wait_until
from tests.hostile.bounds.bound import Bound
from tests.hostile.bounds.http import connected

STEP_SECONDS = 5
UNREAD_BYTES = 30_000_000


def rounded(started: float) -> str:
    """To whole steps: a busy machine adds a second or two."""
    return f"{round((time.monotonic() - started) / STEP_SECONDS) * STEP_SECONDS} s"


def until_closed(stack: RunningStack, request: bytes) -> str:
    with connected(stack) as connection:
        started = time.monotonic()
        connection.sendall(request)
        with suppress(ConnectionResetError):
            connection.recv(1 << 16)
        return rounded(started)


def unfinished_head(stack: RunningStack) -> str:
    return until_closed(stack, b"GET /livez HTTP/1.1\r\nHost: local")


def silent_body(stack: RunningStack) -> str:
    head = b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n"
    return until_closed(stack, head + JPEG[:1024])


def unread_answer(stack: RunningStack) -> str:
    """A client that never reads sees nothing, so the gateway's log shows when its connection was cut."""
    job = httpx.post(f"{stack.url}/v1/jobs", content=iter([JPEG, bytes(UNREAD_BYTES)]), timeout=60).json()["id"]
    cuts = stack.logs("gateway").count("connection.stalled")
    with connected(stack) as connection:
        connection.sendall(f"GET /v1/jobs/{job}/items/0/source HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        started = time.monotonic()
        wait_until(lambda: stack.logs("gateway").count("connection.stalled") > cuts, 200)
        return rounded(started)


def abandoned_key(stack: RunningStack) -> str:
    """A second gateway receives a body with the key, and is killed. The first one accepts the key again later."""
    port = free_port()
    environment = {**os.environ, **stack.environment, "PHOTOCHROM_PORT": str(port)}
    command = [sys.executable, "-m", "api"]
    with subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL) as second:
        url = f"{urlsplit(stack.url).scheme}://127.0.0.1:{port}"
        wait_until(lambda: is_live(url), 60)
        headers = b"Idempotency-Key: bound\r\nContent-Length: 5000\r\n\r\n"
        with connected(RunningStack(stack.home, url, stack.supervisor, stack.lifeline)) as connection:
            connection.sendall(b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\n" + headers + JPEG)
            wait_until(lambda: submit(stack).status_code == 409, 20)
            second.kill()
            started = time.monotonic()
    wait_until(lambda: submit(stack).status_code == 202, 120)
    return rounded(started)


def submit(stack: RunningStack) -> httpx.Response:
    return httpx.post(f"{stack.url}/v1/jobs", content=JPEG, headers={"Idempotency-Key": "bound"}, timeout=30)


def is_live(url: str) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"{url}/livez").status_code == 200
    return False


DEADLINES = [
    Bound(
        what="headers that do not end (`PHOTOCHROM_HEAD_SECONDS`)",
        right="20 s",
        measure=unfinished_head,
        takes_a_minute=True,
    ),
    Bound(
        what="a body of which nothing arrives (`PHOTOCHROM_UPLOAD_IDLE_SECONDS`)",
        right="60 s",
        measure=silent_body,
        takes_a_minute=True,
    ),
    Bound(
        what="a download of which nothing is read (`PHOTOCHROM_DOWNLOAD_IDLE_SECONDS` and a quarter)",
        right="75 s",
        measure=unread_answer,
        takes_a_minute=True,
    ),
    Bound(
        what="an Idempotency-Key whose gateway crashed, until it is accepted again",
        right="45 s",
        measure=abandoned_key,
        takes_a_minute=True,
    ),
]
