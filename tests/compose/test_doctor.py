"""`photochrom-admin doctor` in our containers, as docs/containers.md says."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.compose.deployment import Deployment
from tests.compose.running import Container
from tests.fixtures.stack import wait_until

pytestmark = [pytest.mark.compose, pytest.mark.slow, pytest.mark.timeout(1800)]

SERVERS = {"database", "schema", "queue", "storage", "clock"}


def test_the_admin_container_finds_all_servers_well(running: dict[str, Container], deployment: Deployment):
    # podman names images differently than Docker, so that compose would replace the servers, as if they had changed.
    script = ("-c", "photochrom-admin doctor --objects --json || true")
    command = ("run", "--rm", "-T", "--no-deps", "--entrypoint=sh", "admin", *script)
    findings = well(lambda: deployment.compose(*command))

    assert {*SERVERS, "objects"} <= findings.keys()


def test_a_workers_container_finds_its_device_and_the_weights_well(running: dict[str, Container]):
    findings = well(lambda: running["worker-bulk"].run("photochrom-admin", "doctor", "--json"))

    assert findings.keys() > SERVERS
    assert findings["device"] == "Workers on this machine use cpu."
    assert findings["models"].startswith("base: the weights have the SHA-256 in their card")


def well(examine: Callable[[], str]) -> dict[str, str]:
    """The details by check, once all are well: on a busy machine, a server may need longer than the doctor waits."""
    findings: list[dict[str, Any]] = []

    def is_well() -> bool:
        findings[:] = json.loads(examine())["findings"]
        return all(finding["level"] == "ok" for finding in findings)

    wait_until(is_well, 120, lambda: str(findings))
    return {finding["check"]: finding["detail"] for finding in findings}
