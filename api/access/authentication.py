"""Finding out who a request comes from: an API key, a session, a signed URL, or nobody on a gateway without keys."""

import hashlib
import hmac
import time

from starlette.requests import HTTPConnection
from starlette.responses import Response

from api.access.caller import NO_KEY, Caller
from api.access.errors import KeyInvalid, KeyMissing, SessionEnded, SignatureInvalid
from api.access.origins import check_same_origin, check_this_machine
from api.access.recent import Recent
from api.access.rules import is_safe
from api.access.signing import Signer
from api.settings import GatewaySettings, is_loopback
from shared.clock import utc_now
from shared.keys.documents import ApiKey, KeyLimits, Session
from shared.keys.format import KeyText, parse_key
from shared.keys.store import KeyStore

COOKIE = "photochrom_session"
# How long a gateway may not know of a revocation, of the first key, or of a session that was ended on another gateway.
KNOWN_SECONDS = 5.0
MOST_KNOWN = 4096
MISSING = (
    "This gateway needs an API key. Send it as `Authorization: Bearer KEY`. The operator creates keys with "
    "`photochrom-admin keys create`."
)


class Authenticator:
    """All methods raise StoreUnavailable if the store does not respond: without it nobody can be known."""

    def __init__(self, settings: GatewaySettings, keys: KeyStore, signer: Signer) -> None:
        self._settings = settings
        self._store = keys
        self._signer = signer
        self._defaults = KeyLimits.model_validate(settings.limits.model_dump())
        self._keys: Recent[str, ApiKey | None] = Recent(KNOWN_SECONDS, MOST_KNOWN)
        self._sessions: Recent[str, Session | None] = Recent(KNOWN_SECONDS, MOST_KNOWN)
        self._has_keys: Recent[None, bool] = Recent(KNOWN_SECONDS, 1)

    async def identify(self, connection: HTTPConnection) -> Caller:
        """Raises Unauthenticated and Forbidden. A key counts more than a signature, that more than a cookie."""
        if (text := bearer_of(connection)) is not None and not await self._is_needless(text):
            return await self.by_key(text)
        if b"signature=" in connection.scope["query_string"]:
            return await self._by_signature(connection)
        cookie = connection.cookies.get(COOKIE)
        if cookie is not None and (session := await self.session(cookie)) is not None:
            if not is_safe(connection.scope["method"]):
                check_same_origin(connection.headers, self._settings.public_url)
            return await self._by_id(session.key)
        if await self.is_open():
            if not self._settings.open:
                check_this_machine(connection.headers)
            return NO_KEY
        raise SessionEnded("The session has ended. Sign in again.") if cookie else KeyMissing(MISSING)

    async def is_open(self) -> bool:
        """Whether requests without a key are accepted. An existing key ends that, also a revoked one."""
        if self._settings.open:
            return True
        if not is_loopback(self._settings.host):
            return False
        return not await self._has_keys.get(None, lambda _: self._store.any())

    async def _is_needless(self, text: str) -> bool:
        """A key of another gateway, sent to one that has none yet: the `photochrom` command sends what key it has."""
        if self._settings.open or not await self.is_open():
            return False
        presented = parse_key(text)
        return presented is None or await self._store.get(presented.id) is None

    async def by_key(self, text: str) -> Caller:
        """Raises KeyInvalid, for a mistyped key without asking the store."""
        presented = parse_key(text)
        if presented is None:
            raise KeyInvalid("This is no API key of Photochrom, or a part of it is missing. Copy it again.")
        return self._caller(await self._keys.get(presented.id, self._store.get), presented)

    async def session(self, cookie: str) -> Session | None:
        """None: it has ended, or its key has."""
        now = utc_now()
        session = await self._sessions.get(session_id(cookie), self._store.session)
        if session is None or session.expires_at <= now:
            return None
        key = await self._keys.get(session.key, self._store.get)
        return session if key is not None and key.is_valid(now) else None

    async def end_session(self, cookie: str) -> None:
        await self._store.end_session(session_id(cookie))
        self._sessions.forget(session_id(cookie))

    async def _by_id(self, key_id: str) -> Caller:
        return self._caller(await self._keys.get(key_id, self._store.get))

    async def _by_signature(self, connection: HTTPConnection) -> Caller:
        path, query = connection.scope["path"], connection.scope["query_string"].decode("latin-1")
        is_valid, key_id = self._signer.check(path, query, time.time())
        if not (is_valid and is_safe(connection.scope["method"])):
            raise SignatureInvalid("This URL was changed or has expired. Ask for another one.")
        try:
            return await self._by_id(key_id) if key_id else NO_KEY
        except KeyInvalid as error:
            raise SignatureInvalid("The key that signed this URL was revoked or has expired.") from error

    def _caller(self, key: ApiKey | None, presented: KeyText | None = None) -> Caller:
        is_genuine = key is not None and (presented is None or hmac.compare_digest(key.sha256, presented.sha256))
        if key is None or not is_genuine or not key.is_valid(utc_now()):
            raise KeyInvalid("This API key is unknown, revoked or expired. Ask the operator for another one.")
        given = {name: value for name, value in key.limits.model_dump().items() if value is not None}
        limits = KeyLimits.model_validate(self._defaults.model_dump() | given)
        return Caller(key.owner, key.id, frozenset(key.scopes), limits)


def bearer_of(connection: HTTPConnection) -> str | None:
    """The key in `Authorization`. Other schemes are not for us: a proxy in front may use them."""
    scheme, _, text = connection.headers.get("authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None


def drop_cookie(answer: Response) -> None:
    """The browser forgets a session that has ended."""
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")


def session_id(cookie: str) -> str:
    """What is stored of a cookie, so that nobody who reads the database can use it."""
    return hashlib.sha256(cookie.encode()).hexdigest()
