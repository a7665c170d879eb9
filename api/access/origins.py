"""Keeps web pages of other sites away. Their requests come from the user's own browser, so listening on loopback does
not keep them out, and a cookie would let them act in the user's name.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers

from api.access.errors import ForeignHost, ForeignOrigin
from api.settings import is_loopback


def check_this_machine(headers: Headers) -> None:
    """For a gateway without keys. A page of another site can send a form here and, once its own host name resolves to
    127.0.0.1, read the answers (DNS rebinding). So `Host` must name this machine, and `Origin`, if there is one, a page
    on this machine. Raises ForeignHost, ForeignOrigin.
    """
    if not _is_this_machine(f"//{headers.get('host', '')}"):
        raise ForeignHost("This gateway accepts requests to this machine only: use 127.0.0.1 or localhost.")
    if not all(map(_is_this_machine, headers.getlist("origin"))):
        raise ForeignOrigin("This gateway accepts no requests from pages of other sites.")


def check_same_origin(headers: Headers, public_url: str | None) -> None:
    """For an unsafe request with a session: browsers state the page's origin in each. Raises ForeignOrigin.

    Only the host is compared: behind a proxy with TLS the gateway does not see the scheme.
    """
    origins = headers.getlist("origin")
    hosts = {headers.get("host", ""), _host(public_url) if public_url else ""} - {""}
    if not origins or not {_host(origin) for origin in origins} <= hosts:
        raise ForeignOrigin(
            "A request with a session must come from a page of this gateway. Programs use the API key itself: "
            "`Authorization: Bearer KEY`."
        )


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""


def _is_this_machine(url: str) -> bool:
    try:
        return is_loopback(urlsplit(url).hostname or "")
    except ValueError:
        return False
