"""Why a request is refused, whatever its route."""

from shared.errors import Forbidden, PhotochromError, TooMany, Unauthenticated


class NoKeyExists(PhotochromError):
    """Other machines can reach the gateway, and it has no keys: it does not start."""

    code = "no_key_exists"


class KeyMissing(Unauthenticated):
    """The request has no API key, and no session."""

    code = "key_missing"


class KeyInvalid(Unauthenticated):
    """The API key is unknown, revoked or expired."""

    code = "key_invalid"


class SessionEnded(Unauthenticated):
    """The session has expired, or its key was revoked: sign in again."""

    code = "session_ended"


class SignatureInvalid(Forbidden):
    """The signed URL was changed, has expired, or its key was revoked."""

    code = "signature_invalid"


class ScopeMissing(Forbidden):
    """The API key does not have the scope that this needs."""

    code = "scope_missing"


class ForeignHost(Forbidden):
    """A gateway without keys accepts requests to this machine only."""

    code = "foreign_host"


class ForeignOrigin(Forbidden):
    """The request comes from a page of another site."""

    code = "foreign_origin"


class TooManyRequests(TooMany):
    """The API key has used up its requests for the moment."""

    code = "too_many_requests"
