"""The stack as a table: servers, then migrations, then our processes, each with its environment."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from infra.standalone.address import gateway_address
from infra.standalone.checks import http_is_ok, log_contains
from infra.standalone.home import DataFolder
from infra.standalone.metrics_ports import numbered, shared_setting
from infra.standalone.secret_files import keep_in_files
from infra.standalone.servers import Server, embedded_servers
from infra.standalone.service import FEW_ARENAS, LEAN_MEMORY, OnExit, Ready, Service
from infra.standalone.settings import LOOPBACK, stack_settings
from shared.environment import PREFIX

ROLES = ("ingest", "interactive", "bulk")


@dataclass(frozen=True)
class Stack:
    url: str
    environment: Mapping[str, str]
    """The settings of all our processes, and those that a client needs to reach the stack."""
    stages: tuple[tuple[Service, ...], ...]


def data_folder(environment: Mapping[str, str] = os.environ, *, create: bool = True) -> DataFolder:
    return DataFolder(stack_settings(environment).home, create=create)


def embedded_stack(folder: DataFolder, environment: Mapping[str, str] = os.environ) -> Stack:
    """Raise StackError if the gateway's port is in use, or if a server named by the environment does not respond."""
    host, port = gateway_address(environment)
    servers = embedded_servers(folder, environment)
    settings = {
        "PHOTOCHROM_WORKER__CACHE_DIR": str(folder.path / "models"),
        **keep_in_files(folder, settings_in(environment)),
        **settings_of(servers),
        "PHOTOCHROM_HOST": host,
        "PHOTOCHROM_PORT": str(port),
        **shared_setting(environment),
        **without_proxy(stack_settings(environment).bind),
    }
    gateway = gateway_service(host, port, settings)
    workers = worker_services(stack_settings(environment).workers, settings)
    return Stack(
        url=gateway.address,
        environment=settings,
        stages=(
            tuple(server.service for server in servers),
            (_python_service("migrations", "migrations", "up", environment=settings, on_exit=OnExit.ONCE),),
            numbered([gateway, *workers, reconciler_service(settings)], environment),
        ),
    )


def without_proxy(address: str) -> dict[str, str]:
    """The servers are on this machine; the user's proxy must not be used for them."""
    hosts = f"{LOOPBACK},localhost,{address}"
    return {"NO_PROXY": hosts, "no_proxy": hosts}


def settings_in(environment: Mapping[str, str]) -> dict[str, str]:
    """The service's variables. The key is the client's; no process of the service needs it."""
    names = {name for name in environment if name.startswith(PREFIX)} - {"PHOTOCHROM_API_KEY"}
    return {name: environment[name] for name in names}


def settings_of(servers: list[Server]) -> dict[str, str]:
    return {name: value for server in servers for name, value in server.settings.items()}


def gateway_service(host: str, port: int, environment: Mapping[str, str]) -> Service:
    reachable = LOOPBACK if host == "0.0.0.0" else host
    url = f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"
    environment = {**LEAN_MEMORY, **environment}
    return _python_service("gateway", "api", environment=environment, address=url, ready=http_is_ok(f"{url}/readyz"))


def worker_services(bulk_workers: int, environment: Mapping[str, str]) -> list[Service]:
    """One worker for each role, and further ones for bulk."""
    names = [f"worker-{role}" for role in ROLES] + [f"worker-bulk-{no}" for no in range(2, bulk_workers + 1)]
    roles = (*ROLES, *["bulk"] * (bulk_workers - 1))
    return [
        worker_service(role, environment, name, colorizers=bulk_workers + 1)
        for role, name in zip(roles, names, strict=True)
    ]


def worker_service(role: str, environment: Mapping[str, str], name: str = "", colorizers: int = 2) -> Service:
    """A worker may exit by itself when that is the cleanest way to recover; it is restarted."""
    # So many workers run a colorizer at the same time. More threads than cores would only slow each other down.
    threads = os.environ.get("OMP_NUM_THREADS") or str(max(1, (os.cpu_count() or 1) // colorizers))
    return _python_service(
        name or f"worker-{role}",
        *("worker", "--role", role),
        # A colorizer reuses the same large blocks, so it keeps them.
        environment={**(LEAN_MEMORY if role == "ingest" else FEW_ARENAS), **environment, "OMP_NUM_THREADS": threads},
        ready=log_contains("worker.ready"),
        on_exit=OnExit.RESTART,
        grace_seconds=20.0,
    )


def reconciler_service(environment: Mapping[str, str]) -> Service:
    return _python_service(
        "reconciler",
        "worker.reconcile",
        environment={**LEAN_MEMORY, **environment},
        ready=log_contains("reconcile.ready"),
        on_exit=OnExit.RESTART,
    )


def _python_service(
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
        environment={**environment, "PYTHONUNBUFFERED": "1"},
        on_exit=on_exit,
        address=address,
        ready=ready,
        grace_seconds=grace_seconds,
    )
