"""The environment of a worker on another machine: complete, private, and without what belongs to this machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.admin.worker_environment import describe, worker_environment
from shared.errors import Invalid
from tests.fixtures.certificates import self_signed
from tests.fixtures.stack import RunningStack, stack_running, wait_until

REPOSITORY = Path(__file__).parents[3]
ADDRESS = "127.0.0.2"  # Not the address on which servers listen by default.
SETTINGS = {
    "PHOTOCHROM_MONGO__URL": "mongodb://photochrom:p@mongo:27017/?directConnection=true",
    "PHOTOCHROM_REDIS__URL": "redis://:p@redis:6379/0",
    "PHOTOCHROM_STORAGE__ENDPOINT_URL": "http://storage:8333",
    "PHOTOCHROM_STORAGE__SECRET_ACCESS_KEY": "it's secret",
    "PHOTOCHROM_WORKER__DEVICE": "cuda:1",
    "PHOTOCHROM_PORT": "8000",
    "PATH": "/bin",
}


def test_it_has_what_a_worker_reads_without_what_belongs_to_this_machine():
    environment = worker_environment(SETTINGS)

    assert environment.keys() == SETTINGS.keys() - {"PHOTOCHROM_WORKER__DEVICE", "PHOTOCHROM_PORT", "PATH"}


def test_the_servers_get_the_host_that_the_other_machine_knows():
    environment = worker_environment(SETTINGS, "museum.lan")

    assert [environment[name] for name in list(SETTINGS)[:3]] == [
        "mongodb://photochrom:p@museum.lan:27017/?directConnection=true",
        "redis://:p@museum.lan:6379/0",
        "http://museum.lan:8333",
    ]


def test_servers_on_loopback_come_with_the_command_of_a_tunnel():
    settings = {**SETTINGS, "PHOTOCHROM_REDIS__URL": "redis://:p@127.0.0.1:6379/0"}

    assert "#   ssh -N -L 127.0.0.1:6379:127.0.0.1:6379 THIS_MACHINE" in describe(worker_environment(settings))
    assert "ssh" not in describe(worker_environment(SETTINGS))


def test_without_servers_it_is_refused():
    with pytest.raises(Invalid, match="PHOTOCHROM_MONGO__URL is not set"):
        worker_environment({})


@pytest.fixture
def stack(tmp_path, real_servers):
    """A stack whose servers listen on an address of their own, MongoDB with TLS."""
    certificate, key = self_signed(tmp_path, ADDRESS)
    variables = {"PHOTOCHROM_TLS_CERTIFICATE": str(certificate), "PHOTOCHROM_TLS_KEY": str(key)}
    with stack_running(tmp_path / "home", PHOTOCHROM_BIND=ADDRESS, **variables) as stack:
        yield stack


def test_a_worker_with_this_environment_joins_a_stack_on_another_address(stack: RunningStack, tmp_path: Path):
    file, log = tmp_path / "worker.env", tmp_path / "worker.log"
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PHOTOCHROM_")}
    admin = [sys.executable, "-m", "infra.admin", "worker-env", "--write", str(file)]
    subprocess.run(admin, env={**plain, "PHOTOCHROM_HOME": str(stack.home)}, check=True, timeout=60)

    assert file.stat().st_mode & 0o777 == 0o600
    assert stack.processes["mongo"].address.startswith(ADDRESS)
    assert "tls=true" in file.read_text()
    assert f"http://{ADDRESS}:" in file.read_text()
    start = f"set -a; . '{file}'; set +a; exec '{sys.executable}' -m worker --role ingest"
    with (
        log.open("wb") as output,
        subprocess.Popen(["/bin/sh", "-c", start], env=plain, cwd=REPOSITORY, stdout=output, stderr=output) as worker,
    ):
        try:
            wait_until(lambda: "worker.ready" in log.read_text(), 60, log.read_text)
        finally:
            worker.terminate()
