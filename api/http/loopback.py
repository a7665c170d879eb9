"""Keeps web pages of other sites away from a gateway without keys. Listening on loopback alone does not: the browser
runs on this machine, too.

A page of another site can send a form here and, once its own host name resolves to 127.0.0.1, read the answers (DNS
rebinding). So `Host` must name this machine, and `Origin`, if there is one, a page on this machine.
"""

from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.problems import problem
from api.settings import is_loopback


class LoopbackOnly:
    """Answers 403 if `Host` is not this machine, or `Origin` is a page of another site."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = _refusal(Headers(scope=scope)) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
            return
        code, detail = refusal
        response = problem(scope["state"]["request_id"], HTTPStatus.FORBIDDEN, code, detail)
        await response(scope, receive, send)


def _refusal(headers: Headers) -> tuple[str, str] | None:
    """Code and detail of the problem, or None."""
    if not _is_this_machine(f"//{headers.get('host', '')}"):
        return "foreign_host", "This gateway accepts requests to this machine only: use 127.0.0.1 or localhost."
    if not all(map(_is_this_machine, headers.getlist("origin"))):
        return "foreign_origin", "This gateway accepts no requests from pages of other sites."
    return None


def _is_this_machine(url: str) -> bool:
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return False
