"""What `/openapi.json` says about access: the same of every route that needs a caller."""

from typing import Any

from api.access import errors
from api.access.authentication import COOKIE
from api.access.rules import is_public, needed_scope
from api.http.headers import headers
from api.http.problems import declare
from shared.errors import Unavailable

SECURITY_SCHEMES: dict[str, dict[str, Any]] = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "pc_<id>_<secret>",
        "description": "An API key. A gateway that only its own machine can reach needs one as soon as there is one.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "For pages of this gateway: `POST /v1/session` sets it.",
    },
}
REFUSALS = declare(
    errors.KeyMissing,
    errors.KeyInvalid,
    errors.SessionEnded,
    errors.SignatureInvalid,
    errors.ScopeMissing,
    errors.ForeignHost,
    errors.ForeignOrigin,
    errors.TooManyRequests,
    Unavailable,
)
STANDING = headers(sometimes=["RateLimit", "RateLimit-Policy"])


def describe_access(path: str, method: str, operation: dict[str, Any]) -> None:
    if is_public(path):
        operation["security"] = []
        return
    scope = needed_scope(method.upper(), path)
    operation["security"] = [{name: []} for name in SECURITY_SCHEMES]
    operation["description"] += f"\n\nNeeds the scope `{scope}`." if scope else "\n\nNeeds any key."
    for status, refusal in REFUSALS.items():
        known = operation["responses"].setdefault(str(status), refusal)
        if known is not refusal:
            operation["responses"][str(status)] = _merged(known, refusal)
    for status, response in operation["responses"].items():
        operation["responses"][status] = {**response, "headers": {**response.get("headers", {}), **STANDING}}


def _merged(known: dict[str, Any], refusal: dict[str, Any]) -> dict[str, Any]:
    """The route's own examples, and those of access."""
    merged = {}
    for media_type, content in known["content"].items():
        examples = {**refusal["content"].get(media_type, {}).get("examples", {}), **content.get("examples", {})}
        merged[media_type] = {**content, **({"examples": examples} if examples else {})}
    return {**known, "content": merged, "headers": {**refusal.get("headers", {}), **known.get("headers", {})}}
