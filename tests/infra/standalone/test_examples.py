"""What `make run` does about the examples, without and with API keys."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from infra.standalone.examples import LEFT_OUT, colorize_examples
from infra.standalone.service import Service

KEY = "pc_z2sx6ix0_ui1IbmlkIo98rzeHmtmhPNrAL9QVKe49Ikmi"


@contextmanager
def gateway(key: str | None) -> Iterator[str]:
    """One that wants this key, and has no jobs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_let_in = key is None or self.headers["Authorization"] == f"Bearer {key}"
            self.send_response(HTTPStatus.OK if is_let_in else HTTPStatus.UNAUTHORIZED)
            self.end_headers()
            self.wfile.write(b'{"data": [], "next_cursor": null}')

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Terminal:
    """In place of the supervisor: keeps what is run in the terminal."""

    def __init__(self) -> None:
        self.commands: list[tuple[str, ...]] = []

    def call(self, service: Service) -> int:
        self.commands.append(service.command)
        return 0


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PHOTOCHROM_API_KEY", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def colorized(needed: str | None) -> bool:
    terminal: Any = Terminal()
    with gateway(needed) as url:
        colorize_examples(terminal, url)
    return bool(terminal.commands)


def test_without_keys_they_are_colorized(capsys: pytest.CaptureFixture[str]):
    assert colorized(None)
    assert "The colorized examples are in" in capsys.readouterr().out


def test_with_keys_of_which_the_command_has_none_one_sentence_says_so(capsys: pytest.CaptureFixture[str]):
    assert not colorized(KEY)
    assert capsys.readouterr().out == f"{LEFT_OUT}\n"


def test_with_a_key_in_the_environment_they_are_colorized(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PHOTOCHROM_API_KEY", KEY)

    assert colorized(KEY)
