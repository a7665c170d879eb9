"""Every request passes here before its route: without a caller there is no answer, except from the public paths."""

import asyncio

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

from api.access.access import Access
from api.access.authentication import drop_cookie
from api.access.errors import SessionEnded, TooManyRequests
from api.access.rates import Standing
from api.access.rules import is_public
from api.http.problems import problem_of
from shared.errors import PhotochromError, Unauthenticated


class Guard:
    """Puts the caller into the request's state. Refuses with a problem, before any of the body is read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_public(scope["path"]):
            await self._app(scope, receive, send)
            return
        access: Access = scope["app"].state.access
        try:
            caller = await access.identify(HTTPConnection(scope))
            if caller.key is not None:
                bind_contextvars(key=caller.key, owner=caller.owner)
            standing = await access.count(caller)
            if standing is not None:
                send = _with_standing(send, standing)
            if standing is not None and standing.is_exceeded:
                await asyncio.sleep(standing.refusal_delay)
                raise TooManyRequests(
                    f"The API key {caller.key} may make {standing.quota} requests in 10 seconds. Continue in "
                    f"{standing.reset_seconds} s.",
                    standing.reset_seconds,
                )
        except PhotochromError as error:
            lost: Response | None = None
            if isinstance(error, Unauthenticated):
                await asyncio.sleep(access.rates.count_refusal(scope["client"][0] if scope["client"] else ""))
                # A mistyped address gets the same page with and without a key.
                lost = scope["app"].state.lost_page(HTTPConnection(scope))
            answer = lost or problem_of(scope["state"]["request_id"], error)
            if isinstance(error, SessionEnded):
                drop_cookie(answer)
            await answer(scope, receive, send)
            return
        scope["state"]["caller"] = caller
        await self._app(scope, receive, send)


def _with_standing(send: Send, standing: Standing) -> Send:
    fields = standing.headers()

    async def send_with_standing(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(fields)
        await send(message)

    return send_with_standing
