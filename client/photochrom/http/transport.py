"""HTTP with retries: what is retried, for how long, and which error the rest becomes. httpx is used only here."""

from __future__ import annotations

import json
import random
import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TypedDict, TypeVar, Unpack

import httpx

from photochrom.errors import (
    PhotochromAPIError,
    PhotochromError,
    ServiceUnreachable,
)
from photochrom.heartbeat import OnSilence, heartbeat
from photochrom.keys import ApiKey
from photochrom.responses import Document

from .problems import api_error

CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0
FIRST_CONTACT_SECONDS = 2.0
"""Retries end this early if the service has never responded, so that a wrong address is reported at once."""
FIRST_RESPONSE_SECONDS = 10.0
"""Read timeout until then, for requests without a body."""

LONGEST_PAUSE_SECONDS = 5.0

Result = TypeVar("Result")
Params = Mapping[str, str | Sequence[str]]
Response = httpx.Response
NOT_MODIFIED = 304
FIRST_CONTACT_FAILURES = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ReadTimeout, httpx.RemoteProtocolError)
"""Signs of a wrong address: nothing listens there, or something that is not an HTTP server."""
OnRetry = Callable[[PhotochromError, float], None]


class RequestParts(TypedDict, total=False):
    params: Params | None
    headers: Mapping[str, str] | None
    content: Iterator[bytes] | bytes | None
    read_seconds: float  # READ_SECONDS by default.


class Transport:
    """One connection pool to one gateway; safe to share between threads.

    `patience` is the total number of seconds that a call may spend in pauses between attempts. `on_retry` is called
    with each failure and the pause that follows.
    """

    def __init__(
        self,
        base_url: str,
        api_key: ApiKey | None,
        *,
        agent: str,
        patience: float,
        on_retry: OnRetry | None,
        on_silence: OnSilence | None = None,
    ) -> None:
        url = httpx.URL(base_url)
        if url.scheme not in {"http", "https"} or not url.host:
            raise ValueError(f"Invalid service address {base_url!r}. Use http://HOST:PORT or https://HOST.")
        headers = {"User-Agent": agent, "Accept": "application/json"}
        if api_key:
            headers["Authorization"] = f"Bearer {api_key.text}"
        self.base_url = base_url
        self._http = httpx.Client(base_url=url, headers=headers, verify=_tls())
        # Object storage must not see the API key: a presigned URL carries its own signature.
        self._storage = httpx.Client(verify=_tls())
        self._api_key = api_key
        self._patience = patience
        self._on_retry = on_retry
        self._on_silence = on_silence
        self._has_responded = False

    def close(self) -> None:
        self._http.close()
        self._storage.close()

    def with_retries(
        self,
        attempt: Callable[[], Result],
        *,
        patience: float | None = None,
        may_repeat: Callable[[], bool] = lambda: True,
    ) -> Result:
        """Call `attempt` until it succeeds, fails permanently, or the next pause would exceed the patience.

        Until the service has responded for the first time, `on_silence` is called at regular intervals.

        Broken connections and transient statuses are retried with exponential backoff; a Retry-After is honored.
        """
        remaining = self._patience if patience is None else patience
        with heartbeat(None if self._has_responded else self._on_silence):
            return self._attempts(attempt, remaining, may_repeat)

    def _attempts(self, attempt: Callable[[], Result], remaining: float, may_repeat: Callable[[], bool]) -> Result:
        for pause in _pauses():
            try:
                return attempt()
            except httpx.RequestError as error:
                failure: PhotochromError = self._unreachable(error)
                if isinstance(error, FIRST_CONTACT_FAILURES) and not self._has_responded:
                    remaining = min(remaining, FIRST_CONTACT_SECONDS)
            except PhotochromAPIError as error:
                if not error.is_transient:
                    raise
                failure = error
                pause = max(pause, error.retry_after or 0)
            if pause > remaining or not may_repeat():
                raise failure
            if self._on_retry:
                self._on_retry(failure, pause)
            time.sleep(pause)
            remaining -= pause
        raise AssertionError("pauses never end")

    def request(self, method: str, path: str, **parts: Unpack[RequestParts]) -> httpx.Response:
        """Make one attempt and read the whole response. Raise `PhotochromAPIError` for 4xx and 5xx, and httpx's errors
        if there is no response.

        `path` is a path on the gateway, or a full URL of object storage.
        """
        with self.stream(method, path, **parts) as response:
            response.read()
        return response

    def post_json(
        self,
        path: str,
        document: Document,
        *,
        headers: Mapping[str, str] | None = None,
        read_seconds: float = READ_SECONDS,
        may_repeat: Callable[[], bool] = lambda: True,
    ) -> httpx.Response:
        """With retries, so only for requests that are safe to repeat."""
        headers = {"Content-Type": "application/json", **(headers or {})}
        content = json.dumps(document).encode()
        return self.with_retries(
            lambda: self.request("POST", path, headers=headers, content=content, read_seconds=read_seconds),
            may_repeat=may_repeat,
        )

    def get(
        self,
        path: str,
        *,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        patience: float | None = None,
        may_repeat: Callable[[], bool] = lambda: True,
    ) -> httpx.Response:
        """With retries."""
        return self.with_retries(
            lambda: self.request("GET", path, params=params, headers=headers), patience=patience, may_repeat=may_repeat
        )

    @contextmanager
    def stream(self, method: str, path: str, **parts: Unpack[RequestParts]) -> Iterator[httpx.Response]:
        """As `request`, but the caller reads the response."""
        content, read_seconds = parts.get("content"), parts.get("read_seconds", READ_SECONDS)
        if content is None and not self._has_responded:
            read_seconds = min(read_seconds, FIRST_RESPONSE_SECONDS)
        timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, read=read_seconds)
        http = self._http if path.startswith("/") else self._storage
        with http.stream(
            method,
            path,
            params=parts.get("params"),
            headers=parts.get("headers"),
            content=content,
            timeout=timeout,
            # A result may redirect to a presigned URL. A body is never sent again by a redirect.
            follow_redirects=method == "GET",
        ) as response:
            self._has_responded = self._has_responded or http is self._http
            if response.status_code != NOT_MODIFIED and not response.is_success:
                response.read()
                raise api_error(response, self._api_key)
            yield response

    def _unreachable(self, error: httpx.RequestError) -> ServiceUnreachable:
        address = self.base_url if str(error.request.url).startswith(self.base_url) else error.request.url.host
        if isinstance(error, httpx.ReadTimeout):
            return self._failure(error, f"{address} did not respond in time. Check the address.")
        if isinstance(error, httpx.RemoteProtocolError) and not self._has_responded:
            return self._failure(error, f"{address} does not respond as an HTTP server does. Check the address.")
        reason = re.sub(r"^\[Errno -?\d+\] ", "", str(error).strip()) or type(error).__name__
        return self._failure(error, f"Cannot reach {address}: {reason.rstrip('.')}.")

    @staticmethod
    def _failure(error: httpx.RequestError, detail: str) -> ServiceUnreachable:
        failure = ServiceUnreachable(detail)
        failure.__cause__ = error
        return failure


@cache
def _tls() -> ssl.SSLContext:
    """Shared by all clients: loading the certificate authorities takes longer than most calls."""
    return httpx.create_ssl_context()


def _pauses() -> Iterator[float]:
    """Seconds between attempts: exponential backoff with an upper bound, and jitter so that clients spread out."""
    longest = 0.2
    while True:
        yield longest * random.uniform(0.5, 1)
        longest = min(2 * longest, LONGEST_PAUSE_SECONDS)
