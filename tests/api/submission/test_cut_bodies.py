"""Bodies that are cut off, stall, or declare too much: nothing is kept, and no connection stays open for ever."""

import socket
import time
from collections.abc import Callable

import pytest

from tests.api.sockets import connect
from tests.api.stage import JPEG, Stage

NOTHING: dict[str, list[str]] = {"jobs": [], "chunks": [], "uploads": [], "objects": []}


def head(*fields: str) -> bytes:
    lines = ("POST /v1/jobs HTTP/1.1", "Host: 127.0.0.1", *fields)
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


def read_answer(connection: socket.socket) -> bytes:
    answer = b""
    while b"\r\n\r\n" not in answer or b"request_id" not in answer:
        piece = connection.recv(65536)
        answer += piece
        assert piece, answer
    return answer


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


FORM = (
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n' + JPEG,
    "Content-Type: multipart/form-data; boundary=x",
)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (JPEG, ("Content-Length: 100000",)),
        (b"400\r\n" + JPEG[:0x400] + b"\r\n", ("Transfer-Encoding: chunked",)),
        (FORM[0], ("Content-Length: 100000", FORM[1])),
        (JPEG + bytes(9_000_000), ("Content-Length: 90000000", "Idempotency-Key: cut")),
    ],
    ids=["raw", "chunked", "form", "raw, beyond one part"],
)
def test_a_connection_cut_in_the_middle_of_a_body_leaves_nothing_behind(
    stage: Stage, body: bytes, fields: tuple[str, ...]
) -> None:
    with connect(stage) as connection:
        connection.sendall(head(*fields) + body[:1000])
        assert eventually(lambda: stage.traces()["uploads"] != [])

    assert eventually(lambda: stage.traces() == NOTHING)


def test_an_archive_cut_after_several_parts_leaves_nothing_behind(stage: Stage) -> None:
    with connect(stage) as connection:
        connection.sendall(head("Content-Length: 90000000"))
        connection.sendall(b"PK\x03\x04" + bytes(20_000_000))
        assert eventually(lambda: stage.traces()["uploads"] != [])

    assert eventually(lambda: stage.traces() == NOTHING)


def test_a_stalled_body_times_out(stage: Stage) -> None:
    with connect(stage) as connection:
        connection.sendall(head("Content-Length: 100000") + JPEG)

        answer = read_answer(connection)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"body_too_slow" in answer
    assert eventually(lambda: stage.traces() == NOTHING)


def test_a_declared_length_beyond_the_limit_is_refused_before_the_body_is_sent(stage: Stage) -> None:
    with connect(stage) as connection:
        connection.sendall(head(f"Content-Length: {300 * 1024**3}", "Expect: 100-continue"))

        answer = read_answer(connection)

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"body_too_large" in answer


def test_an_invalid_option_is_refused_before_the_body_is_sent(stage: Stage) -> None:
    with connect(stage) as connection:
        request = head("Content-Length: 1000000", "Expect: 100-continue")
        connection.sendall(request.replace(b"/v1/jobs", b"/v1/jobs?color=1"))

        answer = read_answer(connection)

    assert answer.startswith(b"HTTP/1.1 422 ")


def test_a_key_whose_body_was_cut_off_can_be_used_again(stage: Stage) -> None:
    fields = ("Idempotency-Key: again", "Content-Length: 1028")
    with connect(stage) as connection:
        connection.sendall(head(*fields) + JPEG[:600])
        assert eventually(lambda: stage.traces()["uploads"] != [])
    assert eventually(lambda: stage.traces() == NOTHING)

    with connect(stage) as connection:
        connection.sendall(head(*fields) + JPEG)

        assert connection.recv(65536).startswith(b"HTTP/1.1 202 ")
