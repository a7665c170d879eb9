"""`python -m api`: starts, or says in one sentence why it does not."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from api.__main__ import main
from api.http.serving import listen
from api.settings import GatewaySettings, is_loopback
from shared.schema import REQUIRED_REVISION
from tests.api.stage import REPOSITORY
from tests.fixtures.ports import free_port


@pytest.fixture
def environment(
    servers: dict[str, str],
    gateway_settings: GatewaySettings,
    models_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> pytest.MonkeyPatch:
    """An environment in which the gateway starts."""
    variables = {
        "PHOTOCHROM_MONGO__DATABASE": gateway_settings.mongo.database,
        "PHOTOCHROM_MODELS_DIR": str(models_dir),
        "PHOTOCHROM_PORT": str(free_port()),
    }
    for name, value in {**servers, **variables}.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def refusal(environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Starts in this process, with these changes to the environment, and returns the error message."""
    environment.setattr("api.__main__.configure_logging", lambda *_: None)

    def refused(**changes: str) -> str:
        for name, value in changes.items():
            environment.setenv(f"PHOTOCHROM_{name}", value)
        assert main() == 1
        return capsys.readouterr().err

    return refused


@pytest.mark.usefixtures("environment")
def test_it_listens_logs_its_address_and_stops_on_sigterm() -> None:
    command = [sys.executable, "-m", "api"]
    with subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True) as started:
        assert started.stderr is not None
        line = started.stderr.readline()
        url = f"http://127.0.0.1:{os.environ['PHOTOCHROM_PORT']}"
        assert "gateway.listening" in line
        assert url in line
        assert httpx.get(f"{url}/livez", timeout=20).json() == {"status": "live"}
        started.terminate()
        assert started.wait(20) in (0, -15)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"MONGO__DATABASE": "never_migrated"}, f"lacks revision {REQUIRED_REVISION}. Run `python -m migrations up`"),
        ({"HOST": "0.0.0.0"}, "there is no API key. Create the first one with `photochrom-admin keys create"),
        ({"DEFAULT_MODEL": "huge"}, "The default model 'huge' is not in"),
        ({"MODELS_DIR": "/nonexistent"}, "There is no model in /nonexistent"),
        ({"PORT": "http"}, "PHOTOCHROM_PORT: Input should be a valid integer"),
        ({"MONGO__URL": "mongodb://127.0.0.1:1/", "MONGO__TIMEOUT_SECONDS": "1"}, "did not respond"),
    ],
    ids=["schema behind", "open host", "no such model", "no models", "no port", "no store"],
)
def test_it_refuses_in_one_sentence(refusal: Callable[..., str], changes: dict[str, str], reason: str) -> None:
    message = refusal(**changes)

    assert message.startswith("The gateway does not start: ")
    assert reason in message
    assert message.count("\n") == 1


def test_a_port_in_use_is_reported_without_a_traceback(refusal: Callable[..., str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        message = refusal(PORT=str(taken.getsockname()[1]))

    assert message.endswith("Address already in use. Set PHOTOCHROM_PORT to another port.\n")


def test_no_heavy_library_is_imported() -> None:
    heavy = "{'torch', 'numpy', 'PIL', 'safetensors'}"
    program = f"import sys, api.__main__; print(sorted({heavy} & set(sys.modules)))"

    result = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True)

    assert result.stdout == "[]\n"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("box.local", False),
    ],
)
def test_loopback_hosts_are_recognized(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_answers_do_not_wait_for_acknowledgements() -> None:
    with listen("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
