"""Large bodies are streamed through the gateway, not held in memory."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.settings import GatewaySettings
from tests.api.stage import REPOSITORY
from tests.fixtures.ports import free_port

MiB = 1024**2
PIECE = bytes(1 * MiB)


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


def body_of(pieces: int) -> Iterator[bytes]:
    yield b"PK\x03\x04"
    for _ in range(pieces):
        yield PIECE


@pytest.mark.slow
def test_memory_stays_flat_while_300_megabytes_pass_through(
    servers: dict[str, str], gateway_settings: GatewaySettings, models_dir: Path
) -> None:
    port = free_port()
    environment = (
        os.environ
        | servers
        | {
            "PHOTOCHROM_MONGO__DATABASE": gateway_settings.mongo.database,
            "PHOTOCHROM_MODELS_DIR": str(models_dir),
            "PHOTOCHROM_PORT": str(port),
        }
    )
    command = [sys.executable, "-m", "api"]
    with subprocess.Popen(command, cwd=REPOSITORY, env=environment, stderr=subprocess.PIPE, text=True) as gateway:
        try:
            assert gateway.stderr is not None
            gateway.stderr.readline()
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
                # The allocator takes its share at first; after that, memory must not grow.
                client.post("/v1/jobs", content=body_of(100))
                before = resident_bytes(gateway.pid)

                answer = client.post("/v1/jobs", content=body_of(300))

                assert answer.json()["source"]["bytes"] == 300 * MiB + 4
                assert resident_bytes(gateway.pid) - before < 48 * MiB
        finally:
            gateway.terminate()
