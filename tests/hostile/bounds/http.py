"""Bounds of a request: its head, its JSON, its form, and what the answer to an invalid one may be."""

import json
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.api.stage import JPEG
from tests.fixtures.stack import RunningStack
from tests.hostile.bounds.bound import Bound, largest

MiB = 1 << 20
JOBS = "/v1/jobs"
JSON = {"Content-Type": "application/json"}


def connected(stack: RunningStack) -> socket.socket:
    address = urlsplit(stack.url)
    return socket.create_connection((address.hostname, address.port), timeout=120)


def first_line(stack: RunningStack, request: bytes) -> bytes:
    """The status line of the answer to these bytes."""
    with connected(stack) as connection:
        connection.sendall(request)
        return all_of(connection).partition(b"\r\n")[0]


def code_of(answer: httpx.Response) -> str:
    return str(answer.json().get("code", ""))


def all_of(connection: socket.socket) -> bytes:
    """What arrives until the connection ends, in whatever way."""
    received = bytearray()
    with suppress(ConnectionResetError):
        while piece := connection.recv(1 << 16):
            received += piece
    return bytes(received)


def head(stack: RunningStack) -> str:
    """Counted are the path, and of each header its name, its value, the colon, the space and the end of the line."""
    fixed = len(b"/livez") + len(b"Host: localhost\r\nConnection: close\r\nA: \r\n")

    def is_accepted(size: int) -> bool:
        head = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nA: " + b"a" * (size - fixed)
        return first_line(stack, head + b"\r\n\r\n").split()[1] == b"200"

    return f"{largest(is_accepted, 1 << 18)} bytes"


def trailers(stack: RunningStack) -> str:
    def is_accepted(size: int) -> bool:
        chunk = b"4\r\n%PDF\r\n0\r\nA: " + b"a" * (size - len(b"A: \r\n")) + b"\r\n\r\n"
        head = b"POST /v1/uploads HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        with connected(stack) as connection:
            connection.sendall(head + chunk + b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return all_of(connection).endswith(b'{"status":"live"}')

    return f"{largest(is_accepted, 1 << 18)} bytes"


def upload(stack: RunningStack, content: bytes) -> httpx.Response:
    return httpx.post(f"{stack.url}/v1/uploads", content=content, headers=JSON, timeout=60)


def json_bytes(stack: RunningStack) -> str:
    def is_accepted(size: int) -> bool:
        return code_of(upload(stack, b"0" + b" " * (size - 1))) != "body_too_large"

    return f"{largest(is_accepted, 4 * MiB)} bytes"


def is_within_limits(answer: httpx.Response) -> bool:
    """Whether it is refused for its content alone, if at all."""
    return "values, or an object with more than" not in answer.text


def json_values(stack: RunningStack) -> str:
    return str(largest(lambda count: is_within_limits(upload(stack, json.dumps([0] * count).encode())), 200_000))


def json_fields(stack: RunningStack) -> str:
    def is_accepted(count: int) -> bool:
        return is_within_limits(upload(stack, json.dumps(dict.fromkeys(map(str, range(count)), 0)).encode()))

    return str(largest(is_accepted, 10_000))


def json_depth(stack: RunningStack) -> str:
    def is_accepted(depth: int) -> bool:
        return "recursion limit" not in upload(stack, b"[" * depth + b"]" * depth).text

    return str(largest(is_accepted, 100_000))


WORST: tuple[Any, ...] = (
    {"source": {"type": "s3_prefix", "bucket": "a", "prefix": ""}, "options": {"hints": [{"x": 2, "y": 2}] * 100}},
    {"source": {"type": "x" * 900_000}},
    {"source": {"type": "upload", "upload": "u"}, "options": {f"{n:x}" * 4000: 1 for n in range(50)}},
    {"source": {"type": "upload", "upload": "u"}, "options": {"model": "y" * 900_000}},
)


def refusals(stack: RunningStack) -> list[httpx.Response]:
    contents = [json.dumps(body).encode() for body in WORST]
    return [httpx.post(f"{stack.url}{JOBS}", content=content, headers=JSON, timeout=60) for content in contents]


def faults(stack: RunningStack) -> str:
    return str(max(len(answer.json()["errors"]) for answer in refusals(stack)))


def answer_bytes(stack: RunningStack) -> str:
    most = max(len(answer.content) for answer in refusals(stack))
    return "20 KB" if most <= 20_000 else f"{most} bytes"


def form(stack: RunningStack, build: Callable[[int], list[tuple[str, Any]]], most: int) -> str:
    """The largest form whose fields are all read: it is refused for one that is unknown."""

    def is_accepted(size: int) -> bool:
        answer = httpx.post(f"{stack.url}{JOBS}", files=[*build(size), ("file", JPEG)], timeout=60)
        return code_of(answer) == "invalid_option"

    return str(largest(is_accepted, most))


def form_fields(stack: RunningStack) -> str:
    return form(stack, lambda count: [(f"unknown{n}", (None, "0")) for n in range(count)], 1000)


def form_field_bytes(stack: RunningStack) -> str:
    return f"{form(stack, lambda size: [('unknown', (None, 'a' * size))], 1 << 17)} bytes"


def form_headers(stack: RunningStack) -> str:
    def build(count: int) -> list[tuple[str, Any]]:
        return [("unknown", (None, "0", None, {f"X-{n}": "0" for n in range(count - 1)}))]

    return form(stack, build, 1000)


def key_length(stack: RunningStack) -> str:
    def is_accepted(size: int) -> bool:
        answer = httpx.post(f"{stack.url}{JOBS}", content=b"%PDF-", headers={"Idempotency-Key": "k" * size})
        return code_of(answer) == "unsupported_media"

    return f"{largest(is_accepted, 10_000)} characters"


def name_bytes(stack: RunningStack) -> str:
    started = upload(stack, json.dumps({"filename": "a" * 5000, "bytes": 1}).encode())
    return f"{len(started.json()['filename'])} bytes"


def upload_bytes(stack: RunningStack) -> str:
    def is_accepted(size: int) -> bool:
        return upload(stack, json.dumps({"bytes": size}).encode()).status_code == 201

    return f"{largest(is_accepted, 1 << 50) / 2**30:g} GiB"


HTTP_BOUNDS = [
    Bound(what="path and headers of a request", right="65536 bytes", measure=head),
    Bound(what="trailers behind a chunked body", right="65536 bytes", measure=trailers),
    Bound(what="a JSON body", right="1048576 bytes", measure=json_bytes),
    Bound(what="values in a JSON body", right="32000", measure=json_values),
    Bound(what="fields of an object in a JSON body", right="64", measure=json_fields),
    Bound(what="depth of a JSON body", right="201", measure=json_depth),
    Bound(what="faults listed in an answer", right="20", measure=faults),
    Bound(what="the answer to an invalid request", right="20 KB", measure=answer_bytes),
    Bound(what="fields of a form besides its files", right="40", measure=form_fields),
    Bound(what="a field of a form", right="4096 bytes", measure=form_field_bytes),
    Bound(what="headers of a form's part", right="8", measure=form_headers),
    Bound(what="an Idempotency-Key", right="255 characters", measure=key_length),
    Bound(what="what is kept of a file's name", right="1024 bytes", measure=name_bytes),
    Bound(what="an upload (`PHOTOCHROM_MAX_BODY_BYTES`)", right="200 GiB", measure=upload_bytes),
]
