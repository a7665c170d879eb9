"""Measures every request: how many, how long, how many bytes. What is measured is defined in `shared/metrics`."""

import time

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.routes import route_of
from shared.metrics.gateway import DOWNLOAD_BYTES, REQUEST_SECONDS, REQUESTS, REQUESTS_IN_PROGRESS, UPLOAD_BYTES

# A client may send any word as its method; each would be a series.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"
# The status of a request whose client left before its answer.
NO_STATUS = "none"


def mark_as_held(request: Request) -> None:
    """The client asked to wait for something, so the time of this request says nothing about the gateway."""
    request.state.is_held = True


class Measured:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        with REQUESTS_IN_PROGRESS.track_inprogress():
            try:
                await self._app(scope, exchange.receive, exchange.send)
            finally:
                exchange.count()


class _Exchange:
    """One request and its answer, as they pass through."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._status: int | None = None
        self._started = time.perf_counter()
        self._waited_seconds = 0.0
        self._seconds = 0.0

    async def receive(self) -> Message:
        started = time.perf_counter()
        message = await self._receive()
        self._waited_seconds += time.perf_counter() - started
        if body := message.get("body"):
            UPLOAD_BYTES.labels(route_of(self._scope)).inc(len(body))
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = int(message["status"])
            self._seconds = time.perf_counter() - self._started - self._waited_seconds
        elif body := message.get("body"):
            DOWNLOAD_BYTES.labels(route_of(self._scope)).inc(len(body))
        await self._send(message)

    def count(self) -> None:
        method = self._scope["method"] if self._scope["method"] in METHODS else OTHER
        route = route_of(self._scope)
        REQUESTS.labels(method, route, str(self._status or NO_STATUS)).inc()
        is_held = self._scope.get("state", {}).get("is_held", False)
        if self._status is not None and not is_held:
            REQUEST_SECONDS.labels(method, route).observe(self._seconds)
