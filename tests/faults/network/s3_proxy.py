"""An HTTP proxy before object storage, which answers wrongly when a test says so.

Requests are passed on with the headers they came with, Host too, because they are signed.
"""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from tests.faults.network.proxy import LOOPBACK, reset


@dataclass(frozen=True)
class Request:
    """`path` with its query, as it was signed; `span` are the first byte asked for and the last, where it says so."""

    method: str
    path: str
    span: tuple[int, int] | None = None

    @property
    def is_get(self) -> bool:
        """Of an object, not of a listing."""
        return self.method == "GET" and "list-type=" not in self.path

    @property
    def is_completion(self) -> bool:
        """Of a multipart upload."""
        return self.method == "POST" and "uploadId=" in self.path


@dataclass(frozen=True)
class Reply:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @classmethod
    def of(cls, status: int, media_type: str, body: str) -> Self:
        content = body.encode()
        return cls(status, [("Content-Type", media_type), ("Content-Length", str(len(content)))], content)


@dataclass
class Trouble:
    """A fault, whom it strikes, and how often it did."""

    fault: "Fault"
    strikes: Callable[[Request], bool]
    times: int | None
    struck: list[Request] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def takes(self, request: Request) -> bool:
        is_hit = self.strikes(request) and (self.times is None or len(self.struck) < self.times)
        if is_hit:
            self.struck.append(request)
        return is_hit


class Exchange(BaseHTTPRequestHandler):
    """A request, and what a fault may do about it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "S3Proxy"
    trouble: Trouble

    def ask_storage(self) -> Reply:
        """What the storage answers. Raises OSError where it is away."""
        connection = HTTPConnection(LOOPBACK, self.server.storage_port)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() != "expect":  # Answered here, and never signed.
                    connection.putheader(name, value)
            connection.endheaders(self.body)
            answer = connection.getresponse()
            return Reply(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    def answer(self, reply: Reply, *, sent: int | None = None) -> None:
        """With only the first `sent` bytes of the body, if that is given, and the end of the connection then."""
        self.send_response_only(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body[:sent])
        self.close_connection = self.close_connection or sent is not None

    def reset(self) -> None:
        self.wfile.flush()
        reset(self.connection)
        self.connection.close()
        self.close_connection = True

    def _span(self) -> tuple[int, int] | None:
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        return (int(match[1]), int(match[2])) if match else None

    def _exchange(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        trouble = self.server.trouble_of(Request(self.command, self.path, self._span()))
        if trouble is not None:
            self.trouble = trouble
            trouble.fault(self)
            return
        try:
            reply = self.ask_storage()
        except OSError:
            self.reset()
        else:
            self.answer(reply)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _exchange  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        pass


Fault = Callable[[Exchange], None]


class S3Proxy(ThreadingHTTPServer):
    """`with S3Proxy(port) as proxy`: serves what the storage on `port` does at `proxy.url`, on threads of its own."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, storage_port: int) -> None:
        super().__init__((LOOPBACK, 0), Exchange)
        self.storage_port = storage_port
        self.url = f"http://{LOOPBACK}:{self.server_port}"
        self._troubles: list[Trouble] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    @contextmanager
    def troubled(
        self, fault: Fault, strikes: Callable[[Request], bool] = lambda _: True, *, times: int | None = None
    ) -> Iterator[Trouble]:
        """The fault takes the place of the answer to the requests that it strikes, `times` at most."""
        trouble = Trouble(fault, strikes, times)
        with self._lock:
            self._troubles.append(trouble)
        try:
            yield trouble
        finally:
            with self._lock:
                self._troubles.remove(trouble)
            trouble.over.set()

    def trouble_of(self, request: Request) -> Trouble | None:
        with self._lock:
            return next((trouble for trouble in self._troubles if trouble.takes(request)), None)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients hang up on it, and may."""


def refuses(status: int, code: str) -> Fault:
    """The storage says that it cannot, and does nothing."""
    error = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>Not now.</Message></Error>'
    return lambda exchange: exchange.answer(Reply.of(status, "application/xml", error))


def stalls(exchange: Exchange) -> None:
    """No word as long as the trouble lasts; then the connection is reset."""
    exchange.trouble.over.wait()
    exchange.reset()


def breaks_off(exchange: Exchange) -> None:
    """The right headers, half of the body, and a reset."""
    reply = exchange.ask_storage()
    exchange.answer(reply, sent=len(reply.body) // 2)
    exchange.reset()


def cuts_short(exchange: Exchange) -> None:
    """The right headers, half of the body, and a calm end."""
    reply = exchange.ask_storage()
    exchange.answer(reply, sent=len(reply.body) // 2)


def changes_bytes(exchange: Exchange) -> None:
    """The right headers, and a body of the right length with a changed byte in each kilobyte."""
    reply = exchange.ask_storage()
    body = bytearray(reply.body)
    for place in range(min(512, len(body) // 2), len(body), 1024):
        body[place] ^= 0x55
    exchange.answer(replace(reply, body=bytes(body)))


def answers_with_a_page(exchange: Exchange) -> None:
    """As a portal or a load balancer does: 200, and a page that parses as XML. The storage hears of nothing."""
    exchange.answer(Reply.of(200, "text/html", "<html><body>Please sign in.</body></html>"))


def loses_its_answer(exchange: Exchange) -> None:
    """The storage does what it was asked, and nobody hears so."""
    exchange.ask_storage()
    exchange.reset()
