"""Which paths need no key, and which scope the others need. What is not listed here needs one: a new route cannot
forget it.
"""

from api.page.paths import is_of_page
from shared.keys.documents import Scope

# They reveal nothing but the API's description and whether the gateway is up. The page's own paths are public, too.
PUBLIC = frozenset({"/docs", "/openapi.json", "/livez", "/readyz", "/favicon.ico"})
PUBLIC_BELOW = ("/static-offline-docs/",)

SESSION_PATH = "/v1/session"
SIGNED_URLS_PATH = "/v1/signed-urls"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def is_public(path: str) -> bool:
    return path in PUBLIC or path.startswith(PUBLIC_BELOW) or is_of_page(path)


def is_safe(method: str) -> bool:
    """Whether a request with this method changes nothing (RFC 9110, §9.2.1)."""
    return method in _SAFE


def needed_scope(method: str, path: str) -> Scope | None:
    """None: any key."""
    if path == SESSION_PATH:
        return None
    if path == SIGNED_URLS_PATH:
        return Scope.READ  # It lets others read what the caller can read.
    return Scope.READ if is_safe(method) else Scope.SUBMIT
