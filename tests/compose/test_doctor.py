"""`photochrom-admin doctor` in our containers, as docs/containers.md says."""

import json
from typing import Any

import pytest

from tests.compose.deployment import Deployment
from tests.compose.running import Container

pytestmark = [pytest.mark.compose, pytest.mark.slow, pytest.mark.timeout(1800)]

SERVERS = {"database", "schema", "queue", "storage", "clock"}


def test_the_admin_container_finds_all_servers_well(running: dict[str, Container], deployment: Deployment):
    # podman names images differently than Docker, so that compose would replace the servers, as if they had changed.
    command = ("run", "--rm", "-T", "--no-deps", "admin", "doctor", "--objects", "--json")
    findings = json.loads(deployment.compose(*command))["findings"]

    assert unwell(findings) == []
    assert {*SERVERS, "objects"} <= {finding["check"] for finding in findings}


def test_a_workers_container_finds_its_device_and_the_weights_well(running: dict[str, Container]):
    findings = json.loads(running["worker-bulk"].run("photochrom-admin", "doctor", "--json"))["findings"]

    assert unwell(findings) == []
    details = {finding["check"]: finding["detail"] for finding in findings}
    assert details.keys() > SERVERS
    assert details["device"] == "Workers on this machine use cpu."
    assert details["models"].startswith("base: the weights have the SHA-256 in their card")


def unwell(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [finding for finding in findings if finding["level"] != "ok"]
