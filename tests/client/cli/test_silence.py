"""Never more than two seconds without a word: a wrong address, a service that is slow, a deletion."""

import socket
import time

import pytest


@pytest.fixture
def listening():
    """An address that accepts connections and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def seconds_until_a_word(process) -> float:
    started_at = time.monotonic()
    assert process.stderr.read(1)
    return time.monotonic() - started_at


def test_an_address_without_a_response_is_reported_soon_and_again(start, tmp_path, listening):
    (tmp_path / "photo.jpg").write_bytes(b"picture")
    commands = ("list", "submit photo.jpg", "models")
    # All at once, because each has to be waited for.
    started = [start(*command.split(), "--url", listening) for command in commands]

    try:
        waited = [seconds_until_a_word(process) for process in started]
        messages = [(process.stderr.readline(), process.stderr.readline()) for process in started]
    finally:
        for process in started:
            process.kill()
            process.communicate()

    # The start of the interpreter comes on top, on a busy machine; the messages have the time since the request.
    assert max(waited) < 2 + 8
    for command, (first, second) in zip(commands, messages, strict=True):
        assert "o response from the service for 2 s, still waiting." in first, command
        assert "No response from the service for 3 s, still waiting." in second, command


def test_an_address_without_a_response_is_given_up(run, listening, monkeypatch):
    monkeypatch.setattr("photochrom.http.transport.FIRST_RESPONSE_SECONDS", 0.2)

    ran = run("list", "--url", listening)

    assert ran.exit_code == 3
    assert f"{listening} did not respond in time. Check the address." in ran.stderr


def test_a_server_of_another_protocol_is_recognized(run, gateway):
    def greet(handler):
        handler.wfile.write(b"220 mail.example.org ESMTP\r\n")
        handler.cut()

    gateway.faults += [greet] * 50
    started_at = time.monotonic()

    ran = run("list")

    assert ran.exit_code == 3
    assert "does not respond as an HTTP server does. Check the address." in ran.stderr
    assert time.monotonic() - started_at < 5


def test_waiting_for_a_deletion_is_announced_and_shown(run, client, gateway, monkeypatch):
    monkeypatch.setattr("photochrom.heartbeat.HEARTBEAT_SECONDS", 0.05)
    gateway.polls = 1000
    job = client.submit(b"x")
    gateway.polls = 4

    ran = run("delete", job.id, "--yes", "--wait")

    assert ran.exit_code == 0
    assert ran.stderr.startswith("Waiting until 1 job and all files are gone (about two minutes) ..")
    assert ran.stderr.endswith(" gone.\n")
