"""Secrets are in no log, no process list and no stored document."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from api.access.authentication import COOKIE
from api.settings import GatewaySettings
from shared.keys.documents import Scope
from shared.keys.issuing import create_key
from shared.keys.store import KeyStore
from shared.mongo import open_database
from tests.api.stage import JPEG, REPOSITORY
from tests.fixtures.ports import free_port
from tests.fixtures.stack import wait_until


@pytest.fixture
def key(guarded_settings: GatewaySettings) -> str:
    async def create() -> str:
        async with open_database(guarded_settings.mongo) as database:
            return (await create_key(KeyStore(database), "museum", [Scope.READ, Scope.SUBMIT]))[1]

    return asyncio.run(create())


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "gateway.log"


@pytest.fixture
def url(servers: dict[str, str], guarded_settings: GatewaySettings, models_dir: Path, log: Path) -> Iterator[str]:
    """A gateway in a process of its own, as operators run it."""
    port = free_port()
    variables = {
        **servers,
        "PHOTOCHROM_MONGO__DATABASE": guarded_settings.mongo.database,
        "PHOTOCHROM_MODELS_DIR": str(models_dir),
        "PHOTOCHROM_PORT": str(port),
    }
    with log.open("wb") as output:
        command = [sys.executable, "-m", "api"]
        environment = {**os.environ, **variables}
        with subprocess.Popen(command, cwd=REPOSITORY, env=environment, stderr=output, stdout=output) as process:
            wait_until(lambda: "gateway.listening" in log.read_text(), 60, log.read_text)
            yield f"http://127.0.0.1:{port}"
            process.terminate()


def test_neither_the_log_nor_the_store_contains_what_lets_anyone_in(
    url: str, key: str, log: Path, guarded_settings: GatewaySettings
) -> None:
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30) as client:
        job = client.post("/v1/jobs", content=JPEG).json()["id"]
        report = {"path": f"/v1/jobs/{job}/report.csv"}
        signature = parse_qs(urlsplit(client.post("/v1/signed-urls", json=report).json()["url"]).query)["signature"][0]
        cookie = client.post("/v1/session").cookies[COOKIE]
        client.get(f"/v1/jobs?after={key}")
    mistyped = key[:-1] + ("x" if key[-1] != "x" else "y")
    httpx.get(f"{url}/v1/jobs", headers={"Authorization": f"Bearer {mistyped}"})
    httpx.get(f"{url}/v1/jobs", cookies={COOKIE: cookie + "x"})
    httpx.get(f"{url}/v1/jobs/{job}/report.csv?expires=1&signature={signature}")

    written = log.read_text()
    short_id = key.split("_")[1]
    assert f"key={short_id}" in written
    assert "owner=museum" in written
    for secret in (key, key.split("_")[2], mistyped, cookie, signature):
        assert secret not in written
        assert secret not in str(asyncio.run(everything_stored(guarded_settings)))


async def everything_stored(settings: GatewaySettings) -> list[object]:
    async with open_database(settings.mongo) as database:
        names = await database.list_collection_names()
        return [document for name in names async for document in database[name].find({})]


def test_the_command_takes_no_key_on_its_command_line(url: str, key: str, tmp_path: Path) -> None:
    variables = {"PHOTOCHROM_URL": url, "PHOTOCHROM_API_KEY": key, "PYTHONPATH": "client"}

    def run(*words: str) -> "subprocess.CompletedProcess[bytes]":
        command, environment = [sys.executable, "-m", "photochrom", *words], {**os.environ, **variables}
        return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, check=False)

    refused, listed = run("list", "--api-key", key), run("list")

    assert refused.returncode == 2, "there is no option for it"
    assert listed.returncode == 0, listed.stderr
