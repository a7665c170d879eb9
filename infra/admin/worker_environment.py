"""The environment of a worker on another machine: what it needs to reach the servers, and nothing of this machine."""

import shlex
from collections.abc import Mapping
from urllib.parse import urlsplit

from shared.environment import variables_of
from shared.errors import Invalid
from worker.process.settings import WorkerSettings

SERVERS = ("PHOTOCHROM_MONGO__URL", "PHOTOCHROM_REDIS__URL", "PHOTOCHROM_STORAGE__ENDPOINT_URL")
# Of this machine: its folders and its devices.
LOCAL = {
    "PHOTOCHROM_WORKER__CACHE_DIR",
    "PHOTOCHROM_WORKER__MODELS_DIR",
    "PHOTOCHROM_WORKER__DEVICE",
    "PHOTOCHROM_METRICS__HOST",
    "PHOTOCHROM_METRICS__PORT",
}


def worker_environment(settings: Mapping[str, str], host: str = "") -> dict[str, str]:
    """What a worker reads of these settings, whose secrets are values. `host` replaces that of each server.

    Raise Invalid if a server is not set.
    """
    missing = [name for name in SERVERS[:2] if name not in settings]
    if missing:
        raise Invalid(f"{missing[0]} is not set, and no embedded stack is running. Set it, or run: make up.")
    read = {name for name, _ in variables_of(WorkerSettings)} - LOCAL
    environment = {name: value for name, value in sorted(settings.items()) if name in read}
    for name in SERVERS:
        if host and name in environment:
            environment[name] = _at_host(environment[name], host)
    return environment


def describe(environment: Mapping[str, str]) -> str:
    """A file that a shell and systemd read alike, with the commands that use it."""
    lines = ["# A worker on another machine. Secret: only its user may read this file."]
    lines += [f"{name}={shlex.quote(value)}" for name, value in environment.items()]
    local = [netloc for name in SERVERS if name in environment if _is_local(netloc := _server(environment[name]))]
    if local:
        forwards = " ".join(f"-L {netloc}:{netloc}" for netloc in local)
        lines += ["", "# The servers listen on loopback. Keep this tunnel open on the other machine:"]
        lines += [f"#   ssh -N {forwards} THIS_MACHINE"]
    lines += ["", "# Start it there, in a checkout of the same version:"]
    lines += ["#   set -a; . ./worker.env; set +a; .venv/bin/python -m worker --role bulk"]
    return "\n".join(lines) + "\n"


def _at_host(url: str, host: str) -> str:
    parts = urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    port = f":{parts.port}" if parts.port else ""
    return parts._replace(netloc=f"{user}{at}{host}{port}").geturl()


def _server(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _is_local(server: str) -> bool:
    return server.startswith(("127.", "localhost:", "[::1]"))
