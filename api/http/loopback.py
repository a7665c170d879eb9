"""Keeps web pages away from a gateway that asks for no keys: being on loopback does not, for the browser is there, too.

A page elsewhere can send a form here, and, once its own name resolves to 127.0.0.1, read the answers (DNS rebinding).
So the request must name us as this machine, and come from no page or from one of this machine's.
"""

from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.problems import problem
from api.settings import is_loopback


class LoopbackOnly:
    """Refuses with 403 what was not meant for this machine (`Host`), or was sent by a page of another (`Origin`)."""

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
    """A code and a sentence, or None."""
    if not _is_here(f"//{headers.get('host', '')}"):
        return (
            "foreign_host",
            "This gateway answers to the names of this machine only, as 127.0.0.1 or localhost.",
        )
    origin = headers.get("origin")
    if origin is not None and not _is_here(origin):
        return "foreign_origin", "This gateway takes no requests from pages of other sites."
    return None


def _is_here(url: str) -> bool:
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return False
