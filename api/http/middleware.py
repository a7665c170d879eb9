"""What every request gets: an id, a log line, and an answer even if the gateway itself fails."""

import re
import time
from http import HTTPStatus

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.errors import DownloadCut
from api.http.problems import DETAILS, problem
from api.http.routes import ids_of, route_of
from api.http.wording import shortened
from shared.ids import new_request_id
from shared.log import Origin, request_logged

log = structlog.get_logger()

_VALID_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
# Version, trace, parent, flags. Zeros are no ids, `ff` is no version, and later versions may append fields.
_TRACEPARENT = re.compile(
    r"(?:(00)|(?!00|ff)[0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?(1)|(?:-.*)?)"
)
_HOST = re.compile(r"[A-Za-z0-9._~:\[\]-]*")


class RequestContext:
    """Binds `request_id` (the client's `X-Request-Id` if it is valid) and the `trace_id` of a `traceparent` to the log,
    returns the first, and logs the outcome.

    It also catches every unexpected exception: a 500 problem or, once the answer has begun, a closed connection.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        requested = headers.get("x-request-id", "")
        request_id = requested if _VALID_ID.fullmatch(requested) else new_request_id()
        scope.setdefault("state", {})["request_id"] = request_id
        with request_logged(Origin(request_id, trace_of(headers.get("traceparent", "")))):
            await self._answer(scope, receive, _Outcome(send, request_id))

    async def _answer(self, scope: Scope, receive: Receive, outcome: "_Outcome") -> None:
        started = time.perf_counter()
        try:
            if (detail := _malformation(scope)) is not None:
                response = problem(outcome.request_id, HTTPStatus.BAD_REQUEST, "malformed_request", detail)
                await response(scope, receive, outcome.send)
                return
            await self._app(scope, receive, outcome.send)
        except DownloadCut as cut:
            # Returning without completing the answer makes an ASGI server close the connection.
            log.error("download.cut", route=route_of(scope), code=cut.reason.code, detail=cut.reason.detail)  # noqa: TRY400
        except Exception:  # The edge of the process: whatever arrives here is a bug.
            log.exception("request.failed", method=scope["method"], route=route_of(scope))
            if outcome.status is not None:
                raise
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            response = problem(outcome.request_id, status, "internal_error", DETAILS[status])
            await response(scope, receive, outcome.send)
        finally:
            log.info(
                "request.answered",
                method=scope["method"],
                route=route_of(scope),
                **ids_of(scope),
                status=outcome.status,
                bytes=outcome.bytes,
                ms=round((time.perf_counter() - started) * 1000, 1),
            )


def trace_of(traceparent: str) -> str | None:
    """The trace id, if the header is as W3C Trace Context has it."""
    valid = _TRACEPARENT.fullmatch(traceparent.strip())
    return valid[2] if valid else None


def _malformation(scope: Scope) -> str | None:
    """What is wrong with the version or with `Host` (RFC 9112, §2.3 and §3.2), though the parser accepts it. Whoever is
    in front of the gateway may have read them in another way.
    """
    if scope["http_version"] not in ("1.0", "1.1"):
        return f"The version is HTTP/{scope['http_version']}. Use HTTP/1.1."
    hosts = Headers(scope=scope).getlist("host")
    if len(hosts) > 1:
        return "The request has more than one Host header."
    if not hosts:
        return "The request has no Host header." if scope["http_version"] == "1.1" else None
    return None if _HOST.fullmatch(hosts[0]) else f"The Host header {shortened(hosts[0], 40)!a} is no host and port."


class _Outcome:
    """Adds the id to the answer that passes through, and records its status and size."""

    def __init__(self, send: Send, request_id: str) -> None:
        self.request_id = request_id
        self.status: int | None = None
        self.bytes = 0
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = int(message["status"])
            MutableHeaders(scope=message)["X-Request-Id"] = self.request_id
        elif message["type"] == "http.response.body":
            self.bytes += len(message.get("body", b""))
        await self._send(message)
