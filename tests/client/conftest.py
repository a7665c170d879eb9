from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from photochrom import Client
from photochrom.cli import app
from typer.testing import CliRunner

from tests.client.fake_gateway import FakeGateway


@pytest.fixture(autouse=True)
def state_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command keeps its state and its key, instead of in the developer's home."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    return folder


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    gateway = FakeGateway()
    gateway.start()
    yield gateway
    gateway.stop()


@pytest.fixture
def client(gateway: FakeGateway) -> Iterator[Client]:
    with Client(gateway.url) as client:
        yield client


@pytest.fixture
def run(gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command in this process, without a terminal."""
    monkeypatch.setenv("PHOTOCHROM_URL", gateway.url)
    runner = CliRunner()
    return lambda *words, stdin=None: runner.invoke(app, [str(word) for word in words], input=stdin)


@pytest.fixture
def start(gateway: FakeGateway, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start the command as a separate process."""

    def start(*words: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "photochrom", *words],
            env={**os.environ, "PHOTOCHROM_URL": gateway.url},
            cwd=tmp_path,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # As in a terminal: in the background of a script, SIGINT is ignored, and that is inherited.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    return start
