"""An HTTP proxy in front of object storage, with faults that tests switch on.

Requests are forwarded with all their headers, including Host, because they are signed.
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
    """`path` includes the query, as it was signed. `span`: the first and last byte of its Range header, if any."""

    method: str
    path: str
    span: tuple[int, int] | None = None

    @property
    def is_get(self) -> bool:
        """A GET of an object, not of a listing."""
        return self.method == "GET" and "list-type=" not in self.path

    @property
    def is_completion(self) -> bool:
        """The completion of a multipart upload."""
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
class ActiveFault:
    """A fault, the requests that it applies to, and those that it has hit."""

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
    """A request, with the operations that faults use."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "S3Proxy"
    active_fault: ActiveFault

    def forward(self) -> Reply:
        """Forward the request; returns the storage's response. Raises OSError if the storage is unavailable."""
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
        """Respond. With `sent`, send only so many bytes of the body and close the connection."""
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
        active_fault = self.server.fault_for(Request(self.command, self.path, self._span()))
        if active_fault is not None:
            self.active_fault = active_fault
            active_fault.fault(self)
            return
        try:
            reply = self.forward()
        except OSError:
            self.reset()
        else:
            self.answer(reply)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _exchange  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        pass


Fault = Callable[[Exchange], None]


class S3Proxy(ThreadingHTTPServer):
    """`with S3Proxy(port) as proxy`: forwards `proxy.url` to the storage on `port`, in threads."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, storage_port: int) -> None:
        super().__init__((LOOPBACK, 0), Exchange)
        self.storage_port = storage_port
        self.url = f"http://{LOOPBACK}:{self.server_port}"
        self._active_faults: list[ActiveFault] = []
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
    def faulty(
        self, fault: Fault, strikes: Callable[[Request], bool] = lambda _: True, *, times: int | None = None
    ) -> Iterator[ActiveFault]:
        """Apply the fault to the requests for which `strikes` is true, at most `times` times."""
        active_fault = ActiveFault(fault, strikes, times)
        with self._lock:
            self._active_faults.append(active_fault)
        try:
            yield active_fault
        finally:
            with self._lock:
                self._active_faults.remove(active_fault)
            active_fault.over.set()

    def fault_for(self, request: Request) -> ActiveFault | None:
        with self._lock:
            return next((active_fault for active_fault in self._active_faults if active_fault.takes(request)), None)

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing: clients are expected to disconnect."""


def refuses(status: int, code: str) -> Fault:
    """The storage returns an error and does nothing."""
    error = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>Not now.</Message></Error>'
    return lambda exchange: exchange.answer(Reply.of(status, "application/xml", error))


def stalls(exchange: Exchange) -> None:
    """No response while the fault lasts; then the connection is reset."""
    exchange.active_fault.over.wait()
    exchange.reset()


def resets_midway(exchange: Exchange) -> None:
    """The right headers, half of the body, and a reset."""
    reply = exchange.forward()
    exchange.answer(reply, sent=len(reply.body) // 2)
    exchange.reset()


def truncates(exchange: Exchange) -> None:
    """The right headers, half of the body, and a regular close."""
    reply = exchange.forward()
    exchange.answer(reply, sent=len(reply.body) // 2)


def corrupts_bytes(exchange: Exchange) -> None:
    """The right headers, and a body of the right length with one changed byte per KiB."""
    reply = exchange.forward()
    body = bytearray(reply.body)
    for place in range(min(512, len(body) // 2), len(body), 1024):
        body[place] ^= 0x55
    exchange.answer(replace(reply, body=bytes(body)))


def returns_html(exchange: Exchange) -> None:
    """200 and an HTML page that parses as XML, as from a captive portal. The request never reaches the storage."""
    exchange.answer(Reply.of(200, "text/html", "<html><body>Please sign in.</body></html>"))


def loses_response(exchange: Exchange) -> None:
    """The storage processes the request, but the client gets a reset instead of the response."""
    exchange.forward()
    exchange.reset()
