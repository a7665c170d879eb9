"""Request headers that never end or never arrive: the connection is closed, and no other client has to wait."""

import json
import socket
import time
from collections.abc import Iterable, Iterator

import httpx
import pytest

from api.http.connections import HEAD_BYTES
from tests.api.sockets import connect
from tests.api.stage import JPEG, Stage


@pytest.fixture
def connection(stage: Stage) -> Iterator[socket.socket]:
    with connect(stage) as connection:
        yield connection


def everything(connection: socket.socket) -> bytes:
    """All bytes until the gateway closes the connection."""
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def trickle(connection: socket.socket, head: bytes, pieces: Iterable[bytes], pause: float = 0.0) -> None:
    """Raises OSError once the gateway has closed the connection."""
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
def test_headers_beyond_the_limit_are_refused(connection: socket.socket, head: bytes) -> None:
    connection.sendall(head)

    assert problem_in(everything(connection)) == (431, "headers_too_large")


def test_endless_headers_cost_no_more_than_long_ones(client: httpx.Client, connection: socket.socket) -> None:
    """Without a limit, they were buffered and scanned again with each piece, and no other client was answered."""
    started = time.process_time()

    with pytest.raises(OSError):
        trickle(connection, b"GET /livez HTTP/1.1\r\nA: ", [b"a" * 65_536] * 1000)

    assert time.process_time() - started < 1.0
    assert client.get("/livez").status_code == 200


def test_a_whole_request_with_too_many_headers_is_refused_unanswered(connection: socket.socket) -> None:
    """It arrives at once, so that the parser has read all of it when the bytes are counted."""
    connection.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nA: " + b"a" * HEAD_BYTES + b"\r\n\r\n")

    assert problem_in(everything(connection)) == (431, "headers_too_large")


def test_headers_just_within_the_limit_are_read(connection: socket.socket) -> None:
    head = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nA: "
    connection.sendall(head + b"a" * (HEAD_BYTES - len(head)) + b"\r\n\r\n")

    assert everything(connection).startswith(b"HTTP/1.1 200")


def test_the_extension_of_a_chunk_is_limited_like_headers(stage: Stage, connection: socket.socket) -> None:
    head = b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    connection.sendall(head + b"400\r\n" + JPEG[:1024] + b"\r\n1;")

    with pytest.raises(OSError):
        trickle(connection, b"", [b"a" * 60_000] * 100, pause=0.02)

    assert stage.traces()["jobs"] == []


@pytest.mark.parametrize("sent", [b"G", b"GET /livez HTTP/1.1\r\nHost: local"], ids=["a letter", "half a head"])
def test_headers_that_stop_arriving_time_out(connection: socket.socket, sent: bytes) -> None:
    connection.sendall(sent)

    assert problem_in(everything(connection)) == (408, "headers_too_slow")


def test_headers_that_trickle_time_out(connection: socket.socket) -> None:
    started = time.monotonic()

    with pytest.raises(OSError):
        trickle(connection, b"GET /livez HTTP/1.1\r\n", [b"A: b\r\n"] * 1000, pause=0.1)

    assert time.monotonic() - started < 20


def test_a_silent_connection_is_closed_without_an_answer(connection: socket.socket) -> None:
    assert everything(connection) == b""


def test_the_headers_of_a_second_request_time_out_too(connection: socket.socket) -> None:
    connection.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert connection.recv(65536).startswith(b"HTTP/1.1 200")

    connection.sendall(b"GET /liv")

    assert problem_in(everything(connection)) == (408, "headers_too_slow")


def test_the_rest_of_a_refused_body_times_out(connection: socket.socket) -> None:
    connection.sendall(
        b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n%PDF-" + bytes(600)
    )
    assert connection.recv(65536).startswith(b"HTTP/1.1 415")

    with pytest.raises(OSError):
        trickle(connection, b"", [b"more"] * 1000, pause=0.1)


def test_headers_sent_while_an_answer_is_pending_are_limited_too(
    client: httpx.Client, connection: socket.socket
) -> None:
    """The second request starts while the first is still being answered."""
    job = client.post("/v1/jobs", content=JPEG).json()["id"]
    connection.sendall(f"GET /v1/jobs/{job}?wait=30 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    with pytest.raises(OSError):
        trickle(connection, b"GET /livez HTTP/1.1\r\nA: ", [b"a" * 65_536] * 1000)


def test_a_client_that_waits_for_an_answer_has_no_deadline(client: httpx.Client, connection: socket.socket) -> None:
    job = client.post("/v1/jobs", content=JPEG).json()["id"]

    connection.sendall(f"GET /v1/jobs/{job}?wait=4 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())

    assert connection.recv(65536).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "pieces",
    [[b"A: b\r\n" * 10_000] * 100, [b"A: "] + [b"b" * 60_000] * 100],
    ids=["many trailers", "one long trailer"],
)
def test_trailers_are_limited_like_headers(stage: Stage, connection: socket.socket, pieces: list[bytes]) -> None:
    head = b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    connection.sendall(head + b"400\r\n" + JPEG[:1024] + b"\r\n0\r\n")

    with pytest.raises(OSError):
        trickle(connection, b"", pieces, pause=0.02)

    assert stage.traces()["jobs"] == []


def test_trailers_are_dropped_and_the_connection_goes_on(client: httpx.Client, connection: socket.socket) -> None:
    """They must not become headers of a request that has been checked already."""
    chunk = b"%x\r\n" % len(JPEG) + JPEG + b"\r\n"
    head = b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"

    connection.sendall(head + chunk + b"0\r\nContent-Range: bytes 0-1/2\r\nPrefer: wait=30\r\n\r\n")
    connection.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")

    answers = everything(connection)
    assert answers.startswith(b"HTTP/1.1 202")
    assert answers.endswith(b'{"status":"live"}')


def test_chunks_larger_than_the_limit_of_trailers_are_read(client: httpx.Client) -> None:
    answer = client.post("/v1/jobs", content=iter([JPEG, *[bytes(4 * HEAD_BYTES)] * 4, b"x"] + [b"y"] * 500))

    assert answer.json()["source"]["bytes"] == len(JPEG) + 16 * HEAD_BYTES + 501


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"nonsense\r\n\r\n",
        b"GET /livez HTTP/9.9\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n",
        b"GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1/evil.example\r\nConnection: close\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: evil@localhost\r\nConnection: close\r\n\r\n",
        b"GET /livez HTTP/2.0\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        b"GET /livez HTTP/0.9\r\nConnection: close\r\n\r\n",
    ],
    ids=[
        "TLS",
        "no HTTP",
        "version",
        "header",
        "address",
        "two lengths",
        "length and chunks",
        "chunk size",
        "two hosts",
        "no host",
        "path in the host",
        "user in the host",
        "HTTP/2 in plain text",
        "HTTP/0.9",
    ],
)
def test_a_malformed_request_is_answered_with_a_problem(connection: socket.socket, request_bytes: bytes) -> None:
    connection.sendall(request_bytes)

    assert problem_in(everything(connection)) == (400, "malformed_request")


def test_a_transfer_coding_other_than_chunked_is_refused(stage: Stage, connection: socket.socket) -> None:
    connection.sendall(
        b"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"
        b"3\r\n\x1f\x8b\x08\r\n0\r\n\r\n"
    )

    assert problem_in(everything(connection)) == (415, "unsupported_encoding")
    assert stage.traces()["objects"] == []
