"""A checkout and a home whose paths contain spaces, with the commands of the Makefile."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.ports import free_port, reserve_ports

REPOSITORY = Path(__file__).parents[3]
ROOMS = ("api", "infra", "migrations", "models", "shared", "worker")
# The Makefile installs again if one of these is newer than the installation.
DISTRIBUTIONS = ("pyproject.toml", "client/pyproject.toml", "client/photochrom/_version.py")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the service with an environment that runs this interpreter."""
    checkout = tmp_path / "a check out"
    for room in ROOMS:
        shutil.copytree(REPOSITORY / room, checkout / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Makefile", *DISTRIBUTIONS):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, checkout / name)
    python = checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    (checkout / ".venv" / ".installed").touch()
    return checkout


@pytest.fixture
def home(tmp_path: Path, real_servers: None) -> Iterator[Path]:
    home = tmp_path / "a home"
    reserve_ports(home)
    yield home
    assert not (home / "state.json").exists()


@pytest.mark.slow
def test_make_up_status_and_down_work_in_paths_with_spaces(checkout: Path, home: Path) -> None:
    # Nothing may come from this checkout, only the libraries.
    environment = {**os.environ, "PHOTOCHROM_HOME": str(home), "PHOTOCHROM_PORT": str(free_port()), "PYTHONPATH": ""}

    def make(target: str) -> subprocess.CompletedProcess[str]:
        command = ["make", "--no-print-directory", target]
        return subprocess.run(
            command, cwd=checkout, env=environment, capture_output=True, text=True, timeout=110, check=False
        )

    up, status, down = make("up"), make("status"), make("down")

    assert up.stdout.startswith("Photochrom is ready at"), up.stderr
    assert f"{home}/logs/worker-bulk.log" in status.stdout
    assert down.stdout == "Stopped.\n"
