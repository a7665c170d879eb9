"""Downloads that nobody reads are cut; slow ones are not."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.api.sockets import connect
from tests.api.stage import JPEG, Stage, gateway_running, settings_for

BYTES = 30_000_000
IDLE_SECONDS = 1.0


@pytest.fixture
def hasty(servers: dict[str, str], models_dir: Path, stage: Stage) -> Iterator[Stage]:
    """A gateway that cuts downloads after a second, on the same servers."""
    settings = settings_for(servers, "gateway_tests", models_dir, download_idle_seconds=IDLE_SECONDS)
    with gateway_running(settings) as running:
        yield running


def request_of_download(stage: Stage) -> bytes:
    job = httpx.post(f"{stage.url}/v1/jobs", content=iter([JPEG, bytes(BYTES)])).json()["id"]
    return f"GET /v1/jobs/{job}/items/0/source HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()


def read_all(connection: socket.socket) -> int:
    """How many bytes arrive until the gateway closes the connection."""
    received = 0
    while piece := connection.recv(1 << 20):
        received += len(piece)
    return received


def test_a_download_that_nobody_reads_is_cut(hasty: Stage) -> None:
    with connect(hasty) as connection:
        connection.sendall(request_of_download(hasty))
        time.sleep(IDLE_SECONDS * 4)

        with pytest.raises(ConnectionResetError):
            read_all(connection)


def test_a_slow_download_is_completed(hasty: Stage) -> None:
    with connect(hasty) as connection:
        connection.sendall(request_of_download(hasty))
        started, received = time.monotonic(), 0
        while time.monotonic() - started < IDLE_SECONDS * 4:
            received += len(connection.recv(100_000))
            time.sleep(IDLE_SECONDS / 5)

        assert received + read_all(connection) > BYTES
