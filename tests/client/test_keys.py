"""The API key: where it comes from, who may read it, and what a refusal says."""

import os
from pathlib import Path

import pytest
from photochrom import Client
from photochrom.errors import KeyFileUnsafe, ServiceBusy, Unauthorized

from tests.client.fake_gateway import FakeGateway
from tests.client.fake_handler import refuse


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / "photochrom" / "key"
    path.parent.mkdir()
    path.write_text("pc_from_file\n")
    path.chmod(0o600)
    return path


def sent_key(gateway: FakeGateway, **arguments: str) -> str | None:
    with Client(gateway.url, **arguments) as client:
        client.submit(b"\xff\xd8\xff")
    return gateway.uploads[-1].headers.get("Authorization")


def test_the_key_is_the_argument_else_the_variable_else_the_file(gateway, key_file, monkeypatch):
    assert sent_key(gateway) == "Bearer pc_from_file"
    monkeypatch.setenv("PHOTOCHROM_API_KEY", "pc_from_environment")
    assert sent_key(gateway) == "Bearer pc_from_environment"
    assert sent_key(gateway, api_key="pc_given") == "Bearer pc_given"


def test_without_any_no_key_is_sent(gateway, key_file):
    key_file.unlink()

    assert sent_key(gateway) is None


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_that_others_can_read_is_refused(run, key_file, mode):
    key_file.chmod(mode)

    with pytest.raises(KeyFileUnsafe, match="chmod 600"):
        Client()
    result = run("list")
    assert result.exit_code == 2
    assert result.stderr == f"photochrom: Other users can read the API key in {key_file}. Run: chmod 600 {key_file}\n"


def test_a_refused_key_is_named_by_its_origin_and_never_shown(run, gateway, key_file):
    gateway.faults.append(refuse(401, "key_invalid", "This API key is unknown, revoked or expired.", {}))

    result = run("list")

    assert result.exit_code == 3
    assert f"unknown, revoked or expired. The key is from {key_file}." in result.stderr
    assert "pc_from_file" not in result.stderr


def test_a_missing_key_says_where_to_put_one(run, gateway, key_file):
    key_file.unlink()
    gateway.faults.append(refuse(401, "key_missing", "Send an API key.", {}))

    assert f"Set PHOTOCHROM_API_KEY, or write it to {key_file}" in run("list").stderr


def test_a_missing_scope_is_reported_as_the_service_words_it(client, gateway):
    gateway.faults.append(refuse(403, "scope_missing", "The API key k3f9a2b1 lacks the scope `submit`.", {}))

    with pytest.raises(Unauthorized, match="lacks the scope `submit`"):
        client.submit(b"\xff\xd8\xff")


def test_too_many_requests_are_repeated_when_the_service_says_so(gateway, monkeypatch):
    gateway.faults.append(refuse(429, "too_many_requests", "Continue in 1 s.", {"Retry-After": "1"}))
    pauses: list[float] = []

    with Client(gateway.url, on_retry=lambda _, pause: pauses.append(pause)) as client:
        client.submit(b"\xff\xd8\xff")

    assert pauses == [1.0]


def test_a_longer_pause_than_the_patience_is_an_error_that_says_when(gateway):
    gateway.faults.append(refuse(429, "too_many_requests", "Continue in 40 s.", {"Retry-After": "40"}))

    with Client(gateway.url, patience=5) as client, pytest.raises(ServiceBusy, match="Continue in 40 s"):
        client.submit(b"\xff\xd8\xff")
