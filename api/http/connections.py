"""A connection on uvicorn: limits on the time and the size of headers and trailers, and on clients that stop reading.

uvicorn limits none of them. A client that trickles its headers would hold a connection for ever, and one that never
ends them would make the gateway buffer all of it and scan it again and again. uvicorn even appends trailers to the
headers of a request that is being answered already.
"""

import asyncio
from http import HTTPStatus
from typing import Any

import structlog
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from api.http.problems import problem
from api.http.stalls import StallWatch
from shared.ids import new_request_id

log = structlog.get_logger()

HEAD_BYTES = 64 * 1024
_AROUND_A_HEADER = len(": \r\n")


class Connection(HttpToolsProtocol):
    """One client's connection. The head of each request (request line and headers) has a deadline and a size limit, and
    so have the trailers behind a chunked body, which are dropped: nothing here has a use for them.

    The same deadline applies to the rest of a body whose request was answered before its end. While a request is being
    answered, others enforce timeouts: `body.receive` for its body, uvicorn for what follows the answer.
    """

    def __init__(self, *args: Any, head_seconds: float, read_seconds: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_seconds = head_seconds
        self._read_seconds = read_seconds
        self._deadline: asyncio.TimerHandle | None = None
        self._stalls: StallWatch | None = None
        self._in_head = True
        # What has arrived since the last event, such as the beginning of a header or of a chunk's extension.
        self._unparsed_bytes = 0
        # The URL and the headers of the current request, or its trailers.
        self._field_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._stalls = StallWatch(self.loop, transport, self._read_seconds)
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._clear_deadline()
        if self._stalls is not None:
            self._stalls.stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unparsed_bytes += len(data)
        self._set_deadline()
        super().data_received(data)
        if max(self._unparsed_bytes, self._field_bytes) > HEAD_BYTES:
            self._refuse_as_too_large()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + _AROUND_A_HEADER)
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._in_head, self._unparsed_bytes, self._field_bytes = False, 0, 0
        self._clear_deadline()

    def on_chunk_header(self) -> None:
        self._unparsed_bytes, self._field_bytes = 0, 0

    def on_body(self, body: bytes) -> None:
        self._unparsed_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_head, self._unparsed_bytes, self._field_bytes = True, 0, 0
        self._clear_deadline()
        super().on_message_complete()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stalls is not None:
            self._stalls.note_progress()

    def send_400_response(self, msg: str) -> None:
        """uvicorn's answer to what is no HTTP, as a problem."""
        if self._field_bytes > HEAD_BYTES:
            self._refuse_as_too_large()
            return
        detail = f"{msg} The request line, a header, a chunk or a trailer is malformed."
        self._refuse(HTTPStatus.BAD_REQUEST, "malformed_request", detail)

    def _count(self, size: int) -> None:
        """Raises to end parsing: what has arrived at once may hold a whole request, which must not be answered."""
        self._field_bytes += size
        if self._field_bytes > HEAD_BYTES:
            raise ValueError("too large")

    @property
    def _is_answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def _has_answer(self) -> bool:
        """Whether the answer to what is being received would be the next one on this connection, and all of it."""
        if not self._is_answering:
            return True
        return not self._in_head and not self.cycle.response_started and not self.pipeline

    def _set_deadline(self) -> None:
        """The first byte starts it, later ones do not extend it. A client waiting for an answer has no deadline."""
        if self._deadline is None and not self._is_answering:
            self._deadline = self.loop.call_later(self._head_seconds, self._time_out)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _time_out(self) -> None:
        if self._in_head and max(self._unparsed_bytes, self._field_bytes):
            detail = f"The request headers did not arrive within {self._head_seconds:g} seconds."
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "headers_too_slow", detail)
        else:
            # Browsers open connections in advance, and would take an answer for that to their next request.
            self.transport.close()

    def _refuse_as_too_large(self) -> None:
        detail = (
            f"The request {'headers' if self._in_head else 'trailers or chunk extensions'} exceed {HEAD_BYTES} bytes."
        )
        self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "headers_too_large", detail)

    def _refuse(self, status: HTTPStatus, code: str, detail: str) -> None:
        """Answer here, because the application has no request yet, or only a part of it. If another answer comes first,
        just close.
        """
        if self.transport.is_closing():
            return
        log.warning("connection.refused", code=code)
        if self._has_answer:
            request_id = new_request_id()
            further = {"Connection": "close", "X-Request-Id": request_id}
            answer = problem(request_id, status, code, detail, headers=further)
            headers = b"".join(name + b": " + value + b"\r\n" for name, value in answer.raw_headers)
            self.transport.write(STATUS_LINE[status] + headers + b"\r\n" + bytes(answer.body))
        self.transport.close()
