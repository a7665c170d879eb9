"""Heads of requests that never end, or never come: each connection is cut off, and nobody else waits for it."""

import json
import socket
import time
from collections.abc import Iterable, Iterator

import httpx
import pytest

from api.http.serving import HEAD_BYTES
from tests.api.sockets import connect
from tests.api.stage import JPEG, Stage


@pytest.fixture
def connection(stage: Stage) -> Iterator[socket.socket]:
    with connect(stage) as connection:
        yield connection


def everything(connection: socket.socket) -> bytes:
    """What comes until the gateway hangs up."""
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def trickle(connection: socket.socket, head: bytes, pieces: Iterable[bytes], pause: float = 0.0) -> None:
    """Raises OSError once the gateway has hung up."""
    connection.sendall(head)
    for piece in pieces:
        connection.sendall(piece)
        time.sleep(pause)


def problem_in(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.rpartition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    return int(head.split()[1]), json.loads(body)["code"]


@pytest.mark.parametrize(
    "head",
    [
        b"GET /livez HTTP/1.1\r\nHost: localhost\r\n" + b"A: b\r\n" * (HEAD_BYTES // 6),
        b"GET /livez HTTP/1.1\r\nHost: localhost\r\nA: " + b"b" * HEAD_BYTES,
        b"GET /livez?" + b"a" * HEAD_BYTES,
    ],
    ids=["many headers", "one long header", "a long address"],
)
def test_a_head_without_end_is_refused(connection: socket.socket, head: bytes) -> None:
    connection.sendall(head)

    assert problem_in(everything(connection)) == (431, "headers_too_large")


def test_an_endless_head_costs_as_little_as_a_long_one(client: httpx.Client, connection: socket.socket) -> None:
    """It used to be kept, and searched from its beginning with each piece: nobody else was answered meanwhile."""
    begun = time.process_time()

    with pytest.raises(OSError):
        trickle(connection, b"GET /livez HTTP/1.1\r\nA: ", [b"a" * 65_536] * 1000)

    assert time.process_time() - begun < 1.0
    assert client.get("/livez").status_code == 200


@pytest.mark.parametrize("said", [b"G", b"GET /livez HTTP/1.1\r\nHost: local"], ids=["a letter", "half a head"])
def test_a_head_that_does_not_arrive_is_given_up(connection: socket.socket, said: bytes) -> None:
    connection.sendall(said)

    assert problem_in(everything(connection)) == (408, "headers_too_slow")


def test_a_head_that_trickles_is_given_up_however_often_it_says_something(connection: socket.socket) -> None:
    begun = time.monotonic()

    with pytest.raises(OSError):
        trickle(connection, b"GET /livez HTTP/1.1\r\n", [b"A: b\r\n"] * 1000, pause=0.1)

    assert time.monotonic() - begun < 20


def test_a_connection_that_says_nothing_is_closed_without_a_word(connection: socket.socket) -> None:
    assert everything(connection) == b""


def test_a_second_head_has_a_deadline_too(connection: socket.socket) -> None:
    connection.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert connection.recv(65536).startswith(b"HTTP/1.1 200")

    connection.sendall(b"GET /liv")

    assert problem_in(everything(connection)) == (408, "headers_too_slow")


def test_a_body_that_was_refused_does_not_go_on_for_ever(connection: socket.socket) -> None:
    connection.sendall(
        b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n%PDF-" + bytes(600)
    )
    assert connection.recv(65536).startswith(b"HTTP/1.1 415")

    with pytest.raises(OSError):
        trickle(connection, b"", [b"more"] * 1000, pause=0.1)


def test_what_follows_an_answer_that_takes_its_time_is_limited_too(
    client: httpx.Client, connection: socket.socket
) -> None:
    """Another head is begun while the answer to the first one is still waited for."""
    job = client.post("/v1/jobs", content=JPEG).json()["id"]
    connection.sendall(f"GET /v1/jobs/{job}?wait=30 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    with pytest.raises(OSError):
        trickle(connection, b"GET /livez HTTP/1.1\r\nA: ", [b"a" * 65_536] * 1000)


def test_whoever_waits_for_an_answer_may_be_silent_for_as_long_as_it_takes(
    client: httpx.Client, connection: socket.socket
) -> None:
    job = client.post("/v1/jobs", content=JPEG).json()["id"]

    connection.sendall(f"GET /v1/jobs/{job}?wait=4 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    assert connection.recv(65536).startswith(b"HTTP/1.1 200")
