"""The gateway on uvicorn: how it listens, and the limits on the time and the size of a request's headers.

uvicorn limits neither. A client that trickles its headers would hold a connection for ever, and one that never ends
them would make the gateway buffer all of it and scan it again and again.
"""

import asyncio
import socket
from functools import partial
from http import HTTPStatus
from typing import Any

import structlog
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from api.http.problems import problem
from api.settings import GatewaySettings
from shared.ids import new_request_id

log = structlog.get_logger()

HEAD_BYTES = 64 * 1024


def server_of(app: ASGIApp, settings: GatewaySettings) -> uvicorn.Server:
    return uvicorn.Server(
        uvicorn.Config(
            app,
            # `middleware.py` writes the access log; the rest goes where the warnings of other libraries go.
            access_log=False,
            log_config=None,
            http=partial(Connection, head_seconds=settings.head_seconds),  # type: ignore[arg-type]  # uvicorn only calls it.
            ws="none",
            lifespan="on",
            server_header=False,
            timeout_graceful_shutdown=settings.shutdown_seconds,
        )
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=512)
    # Connections inherit it. asyncio sets it only on sockets with an explicit protocol, which this one lacks; without
    # it every answer waits 40 ms for the client's delayed acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


class Connection(HttpToolsProtocol):
    """One client's connection. The head of each request (request line and headers) has a deadline and a size limit.

    The same deadline applies to the rest of a body whose request was answered before its end. While a request is being
    answered, others enforce timeouts: `body.receive` for its body, uvicorn for what follows the answer.
    """

    def __init__(self, *args: Any, head_seconds: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_seconds = head_seconds
        self._deadline: asyncio.TimerHandle | None = None
        self._in_head = True
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._clear_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
        self._set_deadline()
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_BYTES:
            detail = f"The request headers exceed {HEAD_BYTES} bytes."
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "headers_too_large", detail)

    def on_headers_complete(self) -> None:
        self._in_head, self._head_bytes = False, 0
        self._clear_deadline()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_head = True
        self._clear_deadline()
        super().on_message_complete()

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _set_deadline(self) -> None:
        """The first byte starts it, later ones do not extend it. A client waiting for an answer has no deadline."""
        if self._deadline is None and not self._is_answering:
            self._deadline = self.loop.call_later(self._head_seconds, self._time_out)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _time_out(self) -> None:
        if self._in_head and self._head_bytes:
            detail = f"The request headers did not arrive within {self._head_seconds:g} seconds."
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "headers_too_slow", detail)
        else:
            # Browsers open connections in advance, and would take an answer for that to their next request.
            self.transport.close()

    def _refuse(self, status: HTTPStatus, code: str, detail: str) -> None:
        """Answer here, because the application has no request yet. While another answer is being sent, just close."""
        if self.transport.is_closing():
            return
        log.warning("connection.refused", code=code)
        if not self._is_answering:
            answer = problem(new_request_id(), status, code, detail, headers={"Connection": "close"})
            headers = b"".join(name + b": " + value + b"\r\n" for name, value in answer.raw_headers)
            self.transport.write(STATUS_LINE[status] + headers + b"\r\n" + bytes(answer.body))
        self.transport.close()
