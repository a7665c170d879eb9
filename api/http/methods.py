"""Which methods a path has, and HEAD: the headers of the same GET (RFC 9110, §9.3.2)."""

from collections.abc import Sequence

from starlette.routing import BaseRoute, Match, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def allowed_methods(routes: Sequence[BaseRoute], scope: Scope) -> list[str]:
    """For `Allow`. Starlette names only those of the first route with this path."""
    methods = [method for method in _METHODS if _has_route(routes, scope, method)]
    return ["GET", "HEAD", *methods[1:]] if "GET" in methods else methods


def _has_route(routes: Sequence[BaseRoute], scope: Scope, method: str) -> bool:
    return any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)


class HeadAsGet:
    """Lets a GET answer a HEAD, and stops it before its body. Routes with a HEAD of their own answer it themselves."""

    def __init__(self, app: ASGIApp, router: Router) -> None:
        self._app = app
        self._router = router

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD" or _has_route(self._router.routes, scope, "HEAD"):
            await self._app(scope, receive, send)
            return
        is_complete = False

        async def send_head(message: Message) -> None:
            nonlocal is_complete
            if message["type"] == "http.response.start":
                await send(message)
                # What would stream the body sees a client that has disconnected.
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                is_complete = True

        async def receive_until_complete() -> Message:
            return {"type": "http.disconnect"} if is_complete else await receive()

        as_get = {**scope, "method": "GET"}
        try:
            await self._app(as_get, receive_until_complete, send_head)
        finally:
            # For the log and the metrics.
            scope.update({name: as_get[name] for name in ("endpoint", "path_params") if name in as_get})
