"""What docs/containers.md promises in "Hardening", checked on running containers, mostly from outside."""

import re
from urllib.request import urlopen

import pytest

from tests.compose.deployment import Deployment
from tests.compose.running import OURS, SERVERS, Container, address
from tests.fixtures.stack import wait_until

pytestmark = [pytest.mark.compose, pytest.mark.slow, pytest.mark.timeout(1800)]

NOBODY = "65534:65534"
OURS_READ = frozenset({"mongo_password", "queue_password", "storage_access_key_id", "storage_secret_access_key"})
SECRETS_OF = {
    **dict.fromkeys(OURS, OURS_READ),
    "mongo": {"mongo_key", "mongo_admin_password"},
    "queue": {"queue_conf", "queue_password"},
    "storage": {"storage_identities"},
}


def test_everything_that_should_run_does(running: dict[str, Container]):
    assert set(running) == OURS | SERVERS


def test_processes_are_no_root_and_have_no_capabilities_and_get_no_new_privileges(running: dict[str, Container]):
    for service, container in running.items():
        assert "0" not in container.status("Uid") + container.status("Gid"), service
        for field in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb"):
            assert int(container.status(field)[0], 16) == 0, f"{service}: {field}"
        assert container.status("NoNewPrivs") == ["1"], service


def test_file_systems_are_read_only(running: dict[str, Container]):
    for service, container in running.items():
        roots = [line.split() for line in (container.proc / "mountinfo").read_text().splitlines()]
        (options,) = [fields[5] for fields in roots if fields[4] == "/"]
        assert "ro" in options.split(","), service
        for folder in ("/app", "/opt", "/etc"):
            assert "Read-only file system" in container.run("touch", f"{folder}/x") or service in SERVERS, service


def test_memory_and_processes_are_limited(running: dict[str, Container]):
    for service, container in running.items():
        limits = container.facts["HostConfig"]
        assert 0 < limits["Memory"] <= 4 << 30, service
        assert 0 < limits["PidsLimit"] <= 1024, service


def test_only_the_gateways_port_is_published_on_loopback(running: dict[str, Container]):
    published = {
        service: [binding["HostIp"] for bindings in ports.values() if bindings for binding in bindings]
        for service, container in running.items()
        if (ports := container.facts["NetworkSettings"]["Ports"])
    }

    assert {service: hosts for service, hosts in published.items() if hosts} == {"gateway": ["127.0.0.1"]}


def test_servers_have_no_default_route(running: dict[str, Container]):
    for service in SERVERS:
        routes = (running[service].proc / "net" / "route").read_text().splitlines()[1:]
        assert routes, service
        assert all(line.split()[1] != "00000000" for line in routes), service


def test_servers_refuse_strangers(running: dict[str, Container]):
    """From another container, without a password."""
    redis = "from redis import Redis; Redis('queue').ping()"
    mongo = "from pymongo import MongoClient; MongoClient('mongo', directConnection=True).photochrom.jobs.find_one()"
    storage = "from urllib.request import urlopen; urlopen('http://storage:8333/photochrom')"

    assert "AuthenticationError" in running["gateway"].run("python", "-c", redis)
    assert "requires authentication" in running["gateway"].run("python", "-c", mongo)
    assert "HTTP Error 403" in running["gateway"].run("python", "-c", storage)


def test_secrets_are_readable_by_the_service_and_by_nobody_else(running: dict[str, Container], deployment: Deployment):
    for service, container in running.items():
        for name in SECRETS_OF[service]:
            secret = (deployment.folder / "secrets" / name).read_text()
            assert container.run("cat", f"/run/secrets/{name}") == secret, f"{service}: {name}"
            assert "Permission denied" in container.run("cat", f"/run/secrets/{name}", user=NOBODY), service
        assert set(container.run("ls", "/run/secrets").split()) == SECRETS_OF[service], service


def test_secrets_are_in_no_log_command_line_or_variable(
    running: dict[str, Container], deployment: Deployment, key: str
):
    secrets = {key, *(path.read_text() for path in (deployment.folder / "secrets").iterdir())}
    for service, container in running.items():
        shown = {
            "log": container.logs(),
            "command line": (container.proc / "cmdline").read_text() + str(container.facts["Config"]["Cmd"]),
            "variable": (container.proc / "environ").read_text() + str(container.facts["Config"]["Env"]),
        }
        for where, text in shown.items():
            assert not any(secret in text for secret in secrets), f"{service}: {where}"


def test_the_health_checks_of_compose_yaml_succeed(running: dict[str, Container], deployment: Deployment):
    """podman cannot schedule them here, so each is run once."""
    services = Deployment(deployment.folder, "photochrom").config()["services"]
    for service in OURS | {"queue"}:
        kind, *command = services[service]["healthcheck"]["test"]
        command = ["sh", "-c", *(part.replace("$$", "$") for part in command)] if kind == "CMD-SHELL" else command
        container = running[service]
        wait_until(lambda container=container, command=command: container.succeeds(*command), 120, container.logs)


def test_images_contain_licenses_and_no_torch_where_it_is_not_needed(running: dict[str, Container]):
    licenses = "/opt/photochrom/THIRD-PARTY-LICENSES"

    assert "torch 2." in running["worker-bulk"].run("head", "-n", "60", licenses)
    assert "ModuleNotFoundError" in running["gateway"].run("python", "-c", "import torch")
    assert "celery 5." in running["gateway"].run("head", "-n", "60", licenses)


def test_the_page_is_served_and_runs_nothing_but_its_own_scripts(running: dict[str, Container], deployment: Deployment):
    with urlopen(address(deployment) + "/", timeout=30) as response:
        policy, document = response.headers["Content-Security-Policy"], response.read().decode()
    (script,) = re.findall(r'src="(/assets/[^"]+[.]js)"', document)
    with urlopen(address(deployment) + script, timeout=30) as response:
        assert response.headers["Content-Type"].startswith("text/javascript")

    assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(policy.split("; "))
    assert running["gateway"].run("ls", "/app/web").split() == ["dist"]
    assert running["gateway"].run("sh", "-c", "command -v node npm") == ""
    assert "react" in running["gateway"].run("cat", "/opt/photochrom/THIRD-PARTY-LICENSES-OF-THE-PAGE")


def test_images_are_labeled(running: dict[str, Container]):
    labels = running["gateway"].facts["Config"]["Labels"]

    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert labels["org.opencontainers.image.version"] in running["gateway"].facts["Config"]["Image"]
