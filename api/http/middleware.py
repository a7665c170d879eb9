"""What every request gets: an id, a line in the log, and an answer even if the gateway itself is at fault."""

import re
import time
from http import HTTPStatus

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from api.http.errors import DownloadCut
from api.http.problems import DETAILS, problem
from shared.ids import new_request_id

log = structlog.get_logger()

_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


class RequestContext:
    """Binds `request_id` (the client's `X-Request-Id` if it is a sensible one), returns it, and logs the outcome.

    It also catches what nobody else has: a defect becomes a 500 problem, or a cut connection once an answer has begun.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _ACCEPTABLE_ID.fullmatch(given) else new_request_id()
        scope.setdefault("state", {})["request_id"] = request_id
        with bound_contextvars(request_id=request_id):
            await self._answer(scope, receive, _Outcome(send, request_id))

    async def _answer(self, scope: Scope, receive: Receive, outcome: "_Outcome") -> None:
        begun = time.perf_counter()
        try:
            await self._app(scope, receive, outcome.send)
        except DownloadCut as cut:
            # To return without completing the answer is how an ASGI server is told to close the connection.
            log.error("download.cut", path=scope["path"], code=cut.reason.code, detail=cut.reason.detail)  # noqa: TRY400
        except Exception:  # The process's edge: whatever arrives here is a defect of ours.
            log.exception("request.failed", method=scope["method"], path=scope["path"])
            if outcome.status is not None:
                raise
            status = HTTPStatus.INTERNAL_SERVER_ERROR
            response = problem(outcome.request_id, status, "internal_error", DETAILS[status])
            await response(scope, receive, outcome.send)
        finally:
            log.info(
                "request.answered",
                method=scope["method"],
                path=scope["path"],
                status=outcome.status,
                bytes=outcome.bytes,
                ms=round((time.perf_counter() - begun) * 1000, 1),
            )


class _Outcome:
    """Adds the id to the answer that passes through, and remembers what it was."""

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
