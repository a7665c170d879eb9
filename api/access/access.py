"""Whether a request is let in: who it comes from, what they may do, and how often."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from redis.asyncio import Redis
from starlette.requests import HTTPConnection

from api.access.authentication import Authenticator
from api.access.caller import Caller
from api.access.errors import NoKeyExists, ScopeMissing
from api.access.rates import TIMEOUT_SECONDS, Rates, Standing
from api.access.rules import needed_scope
from api.access.signing import Signer
from api.settings import GatewaySettings, is_loopback
from shared.keys.store import KeyStore


@dataclass(frozen=True, slots=True)
class Access:
    keys: KeyStore
    authenticator: Authenticator
    signer: Signer
    rates: Rates

    async def identify(self, connection: HTTPConnection) -> Caller:
        """Raises Unauthenticated and Forbidden."""
        caller = await self.authenticator.identify(connection)
        scope = needed_scope(connection.scope["method"], connection.scope["path"])
        if scope is not None and not caller.may(scope):
            raise ScopeMissing(
                f"The API key {caller.key} lacks the scope `{scope}`; it has {', '.join(sorted(caller.scopes))}."
            )
        return caller

    async def count(self, caller: Caller) -> Standing | None:
        """None: the caller's requests are not limited."""
        if caller.key is None or caller.limits.requests_per_second is None:
            return None
        return await self.rates.count(caller.key, caller.limits.requests_per_second)


@asynccontextmanager
async def open_access(settings: GatewaySettings, keys: KeyStore) -> AsyncIterator[Access]:
    """Raises NoKeyExists, and StoreUnavailable."""
    if not (settings.open or is_loopback(settings.host) or await keys.any()):
        raise NoKeyExists(
            f"it listens on {settings.host}, where other machines can reach it, and there is no API key. Create the "
            "first one with `photochrom-admin keys create --owner NAME --scope admin`, or set PHOTOCHROM_OPEN=1 if "
            "something in front of the gateway controls access."
        )
    signer = Signer(await keys.signing_secret())
    url, seconds = settings.redis.full_url(), TIMEOUT_SECONDS
    async with Redis.from_url(url, socket_timeout=seconds, socket_connect_timeout=seconds) as redis:
        yield Access(keys, Authenticator(settings, keys, signer), signer, Rates(redis))
