"""Secrets are in files of their own, and in nothing else that a stack writes or shows."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from infra.standalone.errors import StackError
from infra.standalone.home import DataFolder
from infra.standalone.secret_files import keep_in_files, secret_file, with_secrets
from tests.fixtures.ports import free_port
from tests.fixtures.stack import RunningStack, servers_running, stack_running

EARLIER_KEYS = {"access_key_id": "0123456789ABCDEF0123", "secret_access_key": "s" * 40, "redis_password": "r" * 32}
LENT = [
    {"name": "lent", "endpoint_url": "http://127.0.0.1:9", "access_key_id": "lent-id", "secret_access_key": "lent!"}
]


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_secrets_are_random_per_folder_persistent_and_private(tmp_path):
    folder, another = DataFolder(tmp_path / "home"), DataFolder(tmp_path / "another")

    path = secret_file(folder, "redis_password")
    first = path.read_text()

    assert len(first) == 40
    assert secret_file(folder, "redis_password").read_text() == first
    assert secret_file(folder, "mongo_password").read_text() != first
    assert secret_file(another, "redis_password").read_text() != first
    assert mode(path) == 0o600


def test_settings_with_secrets_are_kept_in_files_and_restored(tmp_path):
    environment = {
        "PHOTOCHROM_MONGO__URL": "mongodb://user:opensesame@db/",
        "PHOTOCHROM_SOURCES__BUCKETS": json.dumps(LENT),
        "PHOTOCHROM_PORT": "8000",
    }

    kept = keep_in_files(DataFolder(tmp_path), environment)

    assert kept["PHOTOCHROM_PORT"] == "8000"
    assert "opensesame" not in str(kept)
    assert "lent!" not in str(kept)
    assert with_secrets(kept) == environment


def test_a_file_that_cannot_be_read_is_one_sentence():
    with pytest.raises(StackError, match="PHOTOCHROM_REDIS__URL_FILE: cannot read /nonexistent: No such file"):
        with_secrets({"PHOTOCHROM_REDIS__URL_FILE": "/nonexistent"})


@contextmanager
def open_server(data: Path, port: int) -> Iterator[str]:
    """The database as earlier versions started it, without a password."""
    config = data.with_suffix(".toml")
    config.write_text("")
    command = [sys.executable, "-m", "secantus", "--config", str(config), "--port", str(port), "--standalone"]
    with subprocess.Popen([*command, "--storage-path", str(data)]) as server:
        try:
            yield f"mongodb://127.0.0.1:{port}/?directConnection=true"
        finally:
            server.terminate()


@pytest.mark.usefixtures("real_servers")
def test_a_home_made_before_there_were_passwords_opens_and_goes_on(tmp_path):
    home = tmp_path / "home"
    (home / "mongo").mkdir(parents=True)
    (home / "keys.json").write_text(json.dumps(EARLIER_KEYS))
    with open_server(home / "mongo", free_port()) as url, MongoClient(url) as mongo:
        mongo.archive.jobs.insert_one({"_id": "job_1"})

    with servers_running(home) as environment, MongoClient(environment["PHOTOCHROM_MONGO__URL"]) as mongo:
        jobs = list(mongo.archive.jobs.find())

    assert jobs == [{"_id": "job_1"}]
    assert environment["PHOTOCHROM_STORAGE__SECRET_ACCESS_KEY"] == EARLIER_KEYS["secret_access_key"]
    assert f":{EARLIER_KEYS['redis_password']}@" in environment["PHOTOCHROM_REDIS__URL"]
    assert not (home / "keys.json").exists()


@pytest.mark.parametrize("user", ["", "photochrom:guessed@"])
def test_the_database_requires_the_password_of_the_folder(mongo_url, user):
    address = mongo_url.rpartition("@")[2]

    with MongoClient(f"mongodb://{user}{address}") as stranger, pytest.raises(OperationFailure):
        stranger.archive.jobs.find_one()


@dataclass(frozen=True)
class Observed:
    """What a stack with secrets of each kind leaves where others could read it: while it runs, and afterwards."""

    secrets: set[bytes]
    home: Path
    home_mode: int
    # The files that contain a secret, each with its mode.
    leaks: dict[Path, int]
    pids: set[int]
    command_lines: dict[int, bytes]
    given_while_running: list[Path]
    has_given_afterwards: bool


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory, real_servers: None) -> Observed:
    home = tmp_path_factory.mktemp("secrets") / "a home with spaces"
    home.mkdir(mode=0o755)
    settings = {"PHOTOCHROM_SOURCES__BUCKETS": json.dumps(LENT), "PHOTOCHROM_API_KEY": "pc_client_secret"}
    given = home / "secrets" / "given"
    with stack_running(home, **settings) as stack:
        secrets = secrets_of(stack)
        files = [path for path in home.rglob("*") if path.is_file()]
        running = {
            "home_mode": mode(home),
            "leaks": {path: mode(path) for path in files if any(secret in path.read_bytes() for secret in secrets)},
            "pids": {process.pid for process in stack.processes.values()},
            "command_lines": {
                int(path.parent.name): command_line(path) for path in Path("/proc").glob("[0-9]*/cmdline")
            },
            "given_while_running": list(given.iterdir()),
        }
    return Observed(secrets=secrets, home=home, **running, has_given_afterwards=given.exists())


def test_no_secret_is_in_a_log_the_state_a_command_line_or_a_readable_file(observed: Observed):
    secrets, leaks, commands = observed.secrets, observed.leaks, observed.command_lines

    assert len(secrets) == 6
    assert observed.home_mode == 0o700
    assert {path.parent.name for path in leaks} == {"secrets", "given", observed.home.name}
    assert [path.name for path in leaks if path.parent == observed.home] == ["redis.conf"]
    assert set(leaks.values()) == {0o600}
    assert observed.pids < commands.keys()
    assert not [line for line in commands.values() if any(secret in line for secret in secrets)]


def test_secrets_that_were_given_are_forgotten_when_the_stack_stops(observed: Observed):
    assert observed.given_while_running
    assert not observed.has_given_afterwards


def secrets_of(stack: RunningStack) -> set[bytes]:
    files = (stack.home / "secrets").iterdir()
    return {path.read_bytes() for path in files if path.is_file()} | {b"lent!", b"pc_client_secret"}


def command_line(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # The process has just ended.
        return b""
