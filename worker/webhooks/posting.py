"""One attempt: a POST to an address that the operator allows, under a total timeout.

The name is resolved once, its addresses are checked, and the connection is made to what was checked. Redirects are not
followed, no proxy of the environment is used, and of the response only the status and `Retry-After` are read.
"""

import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any

import anyio
import httpcore

from shared.webhooks.policy import WebhookSettings
from shared.webhooks.urls import Target

Resolve = Callable[[str, int], Awaitable[list[str]]]

# A receiver that sends more, or for longer, is cut off: its status is known by then.
MOST_BODY_BYTES = 65_536
BODY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """A status, or why there is none."""

    status: int | None = None
    error: str | None = None
    retry_after: float | None = None

    @property
    def is_accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Unreachable(Exception):
    """There is no address to connect to. `reason` is a stable code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, without duplicates. Raises Unreachable."""
    try:
        entries = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable("name_unresolved") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in entries))


class _GuardedNetwork(httpcore.AnyIOBackend):
    """Connects to allowed addresses only. The host is that of the URL; TLS is negotiated for it all the same."""

    def __init__(self, settings: WebhookSettings, resolve: Resolve) -> None:
        self._settings = settings
        self._resolve = resolve

    async def connect_tcp(self, host: str, port: int, *rest: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        """Raises Unreachable, and what httpcore raises."""
        addresses = await self._resolve(host, port)
        allowed = [each for each in addresses if self._settings.allows(host, ip_address(each.partition("%")[0]))]
        if not allowed:
            raise Unreachable("address_forbidden")
        for address in allowed[:-1]:
            try:
                return await super().connect_tcp(address, port, *rest, **options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await super().connect_tcp(allowed[-1], port, *rest, **options)

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise Unreachable("address_forbidden")


class Poster:
    def __init__(self, settings: WebhookSettings, resolve: Resolve = resolve) -> None:
        self._settings = settings
        self._network = _GuardedNetwork(settings, resolve)
        # The system's certificates, so that an archive's own authority is among them.
        self._tls = ssl.create_default_context()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        try:
            with anyio.fail_after(self._settings.timeout_seconds):
                return await self._post(Target.of(url), headers, body)
        except (TimeoutError, httpcore.TimeoutException):
            return Outcome(error="timeout")
        except Unreachable as error:
            return Outcome(error=error.reason)
        except httpcore.NetworkError as error:
            return Outcome(error="tls_failed" if _is_tls(error) else "connection_failed")
        except httpcore.ProtocolError:
            return Outcome(error="invalid_response")

    async def _post(self, target: Target, headers: Mapping[str, str], body: bytes) -> Outcome:
        url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
        sent = [("host", target.authority), ("connection", "close"), *headers.items()]
        async with (
            httpcore.AsyncConnectionPool(ssl_context=self._tls, network_backend=self._network) as pool,
            pool.stream("POST", url, headers=sent, content=body) as response,
        ):
            with anyio.move_on_after(BODY_SECONDS):
                received = 0
                async for part in response.aiter_stream():
                    received += len(part)
                    if received > MOST_BODY_BYTES:
                        break
            return Outcome(status=response.status, retry_after=_retry_after(response.headers))


def _is_tls(error: BaseException) -> bool:
    cause = error.__cause__ or error.__context__
    return isinstance(error, ssl.SSLError) or (cause is not None and _is_tls(cause))


def _retry_after(headers: Iterable[tuple[bytes, bytes]]) -> float | None:
    """Seconds. None: not stated, or not as HTTP defines it."""
    text = next((value.decode("latin-1") for name, value in headers if name.lower() == b"retry-after"), "")
    if text.isdecimal():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return (moment - datetime.now(UTC)).total_seconds() if moment.tzinfo else None
