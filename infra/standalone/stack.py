"""The whole stack as a table: the servers, then the migrations, then our own processes, each with its environment."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.standalone.checks import http_is_ok, log_says
from infra.standalone.errors import StackError
from infra.standalone.home import DataFolder, is_free
from infra.standalone.servers import LOOPBACK, Server, embedded_servers
from infra.standalone.service import FEW_ARENAS, LEAN_MEMORY, OnExit, Ready, Service

ROLES = ("ingest", "interactive", "bulk")
DEFAULT_HOME = ".photochrom"
DEFAULT_PORT = "8000"
NO_PROXY = f"{LOOPBACK},localhost"


@dataclass(frozen=True)
class Stack:
    url: str
    environment: Mapping[str, str]
    """What every process of ours is given, and a client needs to reach the stack."""
    stages: tuple[tuple[Service, ...], ...]


def data_folder(given: Mapping[str, str] = os.environ, *, create: bool = True) -> DataFolder:
    return DataFolder(Path(given.get("PHOTOCHROM_HOME") or DEFAULT_HOME), create=create)


def embedded_stack(folder: DataFolder, given: Mapping[str, str] = os.environ) -> Stack:
    """Raises StackError if the gateway's port is taken, or a server that `given` names does not answer."""
    host, port = gateway_address(given)
    servers = embedded_servers(folder, given)
    environment = {
        "PHOTOCHROM_WORKER__CACHE_DIR": str(folder.path / "models"),
        **{name: value for name, value in given.items() if name.startswith("PHOTOCHROM_")},
        **settings_of(servers),
        "PHOTOCHROM_HOST": host,
        "PHOTOCHROM_PORT": str(port),
    }
    gateway = gateway_service(host, port, environment)
    workers = [worker_service(role, environment) for role in ROLES]
    return Stack(
        url=gateway.address,
        environment=environment,
        stages=(
            tuple(server.service for server in servers),
            (_ours("migrations", "migrations", "up", environment=environment, on_exit=OnExit.ONCE),),
            (gateway, *workers, reconciler_service(environment)),
        ),
    )


def settings_of(servers: list[Server]) -> dict[str, str]:
    return {name: value for server in servers for name, value in server.settings.items()}


def gateway_address(given: Mapping[str, str]) -> tuple[str, int]:
    host = given.get("PHOTOCHROM_HOST") or LOOPBACK
    port = given.get("PHOTOCHROM_PORT") or DEFAULT_PORT
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise StackError(f"PHOTOCHROM_PORT is {port!r}, which is no port number.")
    if not is_free(host, int(port)):
        raise StackError(f"Port {port} on {host} is taken. Choose another: PHOTOCHROM_PORT={int(port) + 1}")
    return host, int(port)


def gateway_service(host: str, port: int, environment: Mapping[str, str]) -> Service:
    reachable = LOOPBACK if host == "0.0.0.0" else host
    url = f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"
    environment = {**LEAN_MEMORY, **environment}
    return _ours("gateway", "api", environment=environment, address=url, ready=http_is_ok(f"{url}/readyz"))


def worker_service(role: str, environment: Mapping[str, str], name: str = "") -> Service:
    """A worker may end itself, loudly, when that is the cleanest way on: it is started again."""
    # Both workers with a colorizer may run at once: with more threads than cores they would only wait for each other.
    threads = os.environ.get("OMP_NUM_THREADS") or str(max(1, (os.cpu_count() or 1) // 2))
    return _ours(
        name or f"worker-{role}",
        *("worker", "--role", role),
        # A colorizer uses the same large pieces again and again: it keeps them.
        environment={**(LEAN_MEMORY if role == "ingest" else FEW_ARENAS), **environment, "OMP_NUM_THREADS": threads},
        ready=log_says("worker.ready"),
        on_exit=OnExit.RESTART,
        grace_seconds=20.0,
    )


def reconciler_service(environment: Mapping[str, str]) -> Service:
    return _ours(
        "reconciler",
        "worker.reconcile",
        environment={**LEAN_MEMORY, **environment},
        ready=log_says("reconcile.ready"),
        on_exit=OnExit.RESTART,
    )


def _ours(
    name: str,
    module: str,
    *arguments: str,
    environment: Mapping[str, str],
    on_exit: OnExit = OnExit.STOP,
    address: str = "",
    ready: Ready | None = None,
    grace_seconds: float = 10.0,
) -> Service:
    return Service(
        name=name,
        command=(sys.executable, "-m", module, *arguments),
        # The servers are on loopback: a proxy of the user's is not to be asked for them.
        environment={**environment, "NO_PROXY": NO_PROXY, "no_proxy": NO_PROXY, "PYTHONUNBUFFERED": "1"},
        on_exit=on_exit,
        address=address,
        ready=ready,
        grace_seconds=grace_seconds,
    )
