"""compose.yaml, the Dockerfiles and init.sh, without running a container."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from photochrom import __version__

from tests.compose.deployment import Deployment, prepare, run_init
from tests.compose.tools import REPOSITORY, tool

DOCKERFILES = sorted(REPOSITORY.glob("infra/docker/*.Dockerfile"))
SERVERS = {"mongo", "queue", "storage"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deployment")
    prepare(folder)
    return folder


@pytest.fixture(scope="module")
def config(folder: Path) -> Any:
    """With all profiles."""
    return Deployment(folder, "photochrom").config("--profile", "*")


def test_docker_compose_accepts_compose_yaml_without_a_warning(folder: Path):
    command = [tool("docker-compose"), "--profile", "*", "config", "--quiet"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_without_init_sh_docker_compose_says_what_to_do(folder: Path, tmp_path: Path):
    (tmp_path / "compose.yaml").write_text((folder / "compose.yaml").read_text())

    command = [tool("docker-compose"), "config", "--quiet"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert "run infra/docker/init.sh first" in done.stderr


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.name)
def test_hadolint_finds_nothing(dockerfile: Path):
    done = subprocess.run([tool("hadolint"), str(dockerfile)], capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stdout) == (0, "")


def test_every_container_is_hardened_and_limited(config: Any):
    for name, service in config["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "cap_add" not in service, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert re.fullmatch(r"[1-9]\d*:\d+", service["user"]) or os.getuid() != 0, name
        assert {"memory", "pids"} <= set(service["deploy"]["resources"]["limits"]), name


def test_only_the_gateway_publishes_a_port_and_only_to_this_machine(folder: Path):
    services = Deployment(folder, "photochrom").config()["services"]

    published = {name: service["ports"] for name, service in services.items() if "ports" in service}

    assert list(published) == ["gateway"]
    assert [(port["host_ip"], port["target"]) for port in published["gateway"]] == [("127.0.0.1", 8000)]


def test_the_servers_are_on_a_network_without_a_way_out_and_have_health_checks(config: Any):
    assert config["networks"]["servers"]["internal"] is True
    for name in SERVERS:
        assert list(config["services"][name]["networks"]) == ["servers"]
        assert config["services"][name]["healthcheck"]["test"]


def test_every_image_has_an_exact_tag_and_ours_the_version_of_the_package(config: Any):
    for name, service in config["services"].items():
        tag = service["image"].rpartition(":")[2]
        assert re.match(r"v?\d+\.\d+(\.\d+)?", tag), f"{name}: {service['image']}"
        if service["image"].startswith("photochrom/"):
            assert tag.partition("-")[0] == __version__


def test_no_secret_is_in_the_configuration(config: Any, folder: Path):
    text = json.dumps(config)

    for path in (folder / "secrets").iterdir():
        assert path.read_text() not in text, path.name


def test_workers_with_a_gpu_reserve_one_and_refuse_to_run_without(config: Any):
    gpus = {name: service for name, service in config["services"].items() if service.get("profiles") == ["gpu"]}

    assert set(gpus) == {"worker-interactive-gpu", "worker-bulk-gpu"}
    for service in gpus.values():
        (device,) = service["deploy"]["resources"]["reservations"]["devices"]
        assert device["capabilities"] == ["gpu"]
        assert service["environment"]["PHOTOCHROM_WORKER__DEVICE"] == "cuda"
        assert service["build"]["args"]["TORCH_INDEX"] == ""


def test_only_the_owner_can_read_the_secrets(folder: Path):
    modes = {path.name: path.stat().st_mode & 0o777 for path in (folder / "secrets").iterdir()}

    assert set(modes.values()) == {0o600}
    assert (folder / "secrets").stat().st_mode & 0o777 == 0o700


def test_init_sh_keeps_what_exists_and_replaces_what_was_removed(folder: Path):
    secrets = folder / "secrets"
    before = {path.name: path.read_text() for path in secrets.iterdir()}
    (secrets / "queue_conf").unlink()

    run_init(folder)

    after = {path.name: path.read_text() for path in secrets.iterdir()}
    replaced = {name for name in before if before[name] != after[name]}
    assert replaced == {"queue_conf", "queue_password"}
    assert after["queue_conf"] == f"requirepass {after['queue_password']}"
