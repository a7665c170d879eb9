"""What runs: the containers of a deployment, seen from outside."""

import json
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from photochrom import Client

from tests.compose.deployment import Deployment
from tests.compose.machine import podman
from tests.fixtures.stack import wait_until

READY_SECONDS = 240.0
OURS = {"gateway", "worker-ingest", "worker-interactive", "worker-bulk", "reconciler"}
SERVERS = {"mongo", "queue", "storage"}


@dataclass(frozen=True)
class Container:
    name: str

    @cached_property
    def facts(self) -> Any:
        return json.loads(podman("inspect", self.name))[0]

    def current_pid(self) -> int:
        """0 while it is stopped."""
        return int(podman("inspect", "--format={{.State.Pid}}", self.name))

    @property
    def proc(self) -> Path:
        """Of its first process, on the host."""
        return Path("/proc") / str(self.facts["State"]["Pid"])

    @property
    def service(self) -> str:
        return str(self.facts["Config"]["Labels"]["com.docker.compose.service"])

    def status(self, field: str) -> list[str]:
        """A field of /proc/PID/status."""
        lines = (self.proc / "status").read_text().splitlines()
        return next(line.split()[1:] for line in lines if line.startswith(f"{field}:"))

    def run(self, *command: str, user: str = "") -> str:
        """stdout and stderr of a command in it."""
        return podman("exec", *([f"--user={user}"] if user else []), self.name, *command, check=False)

    def succeeds(self, *command: str) -> bool:
        return not podman(
            "exec", self.name, "sh", "-c", '"$@" > /dev/null 2>&1 || echo failed', "sh", *command, check=False
        )

    def logs(self) -> str:
        return podman("logs", self.name, check=False)


def containers(deployment: Deployment, *services: str) -> list[Container]:
    """Those that run."""
    ids = deployment.compose("ps", "--quiet", *services).split()
    return [Container(each) for each in ids]


def up(deployment: Deployment, *options: str) -> None:
    """Returns when the gateway is ready."""
    deployment.compose("up", "--detach", "--no-build", *options)
    url = f"{address(deployment)}/readyz"
    wait_until(lambda: is_ok(url), READY_SECONDS, lambda: deployment.compose("logs", "--tail=5"))


def is_ok(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as response:
            return bool(response.status == HTTPStatus.OK)
    except OSError:  # Including HTTPError.
        return False


def client_of(deployment: Deployment, key: str) -> Client:
    return Client(address(deployment), api_key=key)


def address(deployment: Deployment) -> str:
    return f"http://{deployment.compose('port', 'gateway', '8000').strip()}"
