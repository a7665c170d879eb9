"""The images that compose.yaml names, and a deployment of it that is up."""

import re
import secrets
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.archives import Entry, mixed_zip, photographs
from tests.compose import machine
from tests.compose.deployment import OVERRIDE, Deployment, prepare
from tests.compose.running import Container, containers, up
from tests.compose.tools import REPOSITORY
from tests.fixtures.ports import free_port

STANDINS = REPOSITORY / "tests" / "compose" / "standins"
SERVERS_IMAGE = "docker.io/photochrom-test/servers"
# Short, so that what a killed worker held is soon taken over, and several workers share a small job. They are added to
# .env, like every setting.
SETTINGS = """
PHOTOCHROM_LEASE__SECONDS=6
PHOTOCHROM_LEASE__RENEW_SECONDS=2
PHOTOCHROM_DISPATCH__CHUNK_ITEMS=8
WORKER_THREADS=1
"""


@pytest.fixture(scope="package")
def images(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Ours as compose.yaml builds them, and the stand-ins."""
    if reason := machine.obstacle():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("images")
    prepare(folder)
    machine.CACHE.mkdir(parents=True, exist_ok=True)
    (python,) = machine.base_images(STANDINS / "Dockerfile")
    machine.ensure_base(python)
    refusal = machine.podman("run", "--rm", "--network=none", *machine.LIMITS, python, "true", check=False)
    if refusal:
        pytest.skip(f"no container starts here: {refusal.strip()}")
    build_servers(folder / "servers")
    build_node()
    for image, build in builds(Deployment(folder, "photochrom").config()).items():
        # pip's own configuration finds the CPU build of torch.
        arguments = {**build["args"], **({"TORCH_INDEX": ""} if "worker" in build["dockerfile"] else {})}
        machine.build(f"docker.io/{image}", REPOSITORY / build["dockerfile"], REPOSITORY, arguments)
    machine.forget_unused()


def builds(config: Any) -> dict[str, Any]:
    """By the name of the image."""
    return {service["image"]: service["build"] for service in config["services"].values() if "build" in service}


def build_node() -> None:
    """Under the name that the gateway's Dockerfile has for it."""
    images = machine.base_images(REPOSITORY / "infra" / "docker" / "gateway.Dockerfile")
    (image,) = [image for image in images if image.startswith("node:")]
    version = image.removeprefix("node:").partition("-")[0]
    machine.build(f"docker.io/library/{image}", STANDINS / "node.Dockerfile", STANDINS, {"NODE": version})


def build_servers(context: Path) -> None:
    shutil.copytree(STANDINS, context)
    shutil.copytree(REPOSITORY / "infra" / "standalone" / "bucket", context / "infra" / "standalone" / "bucket")
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    pinned = [line for line in project["standalone"] if re.match("localbucket|SecantusDB", line)]
    pymongo = [line for line in project["shared"] if line.startswith("pymongo")]
    machine.build(SERVERS_IMAGE, context / "Dockerfile", context, {"SERVERS": " ".join([*pinned, *pymongo])})


@pytest.fixture(scope="package")
def deployment(images: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Nothing runs yet."""
    folder = tmp_path_factory.mktemp("deployment")
    prepare(folder)
    shutil.copytree(REPOSITORY / "models", folder / "models")
    with (folder / ".env").open("a") as env:
        env.write(f"{SETTINGS}GATEWAY_PORT={free_port()}\n")
    with machine.docker_api(folder) as address:
        project = f"pc{secrets.token_hex(4)}"
        deployment = Deployment(folder, project, (OVERRIDE,), {"DOCKER_HOST": address})
        try:
            yield deployment
        finally:
            deployment.compose("--profile=*", "down", "--timeout=5", "--remove-orphans")


@pytest.fixture(scope="package")
def key(deployment: Deployment) -> str:
    """The first key, made as the README says: this also starts the servers and prepares them."""
    command = ("run", "--rm", "-T", "admin", "keys", "create", "--owner", "museum")
    return deployment.compose(*command).strip()


@pytest.fixture(scope="package")
def running(deployment: Deployment, key: str) -> dict[str, Container]:
    """By service, as long as no test has replaced any."""
    up(deployment)
    return {container.service: container for container in containers(deployment)}


@pytest.fixture(scope="package")
def archive(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Entry]]:
    """A zip of 60 photographs with junk among them, and the expected outcome of each entry."""
    path = tmp_path_factory.mktemp("archive") / "scans.zip"
    return path, mixed_zip(path, photographs(60))
