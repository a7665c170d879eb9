"""HTTP with patience: what is tried again, for how long, and which error the rest becomes. The only door to httpx."""

from __future__ import annotations

import json
import random
import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TypeVar

import httpx

from photochrom.errors import (
    PhotochromAPIError,
    PhotochromError,
    ServiceUnreachable,
)
from photochrom.responses import Document

from .problems import api_error

CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0
FIRST_CONTACT_SECONDS = 2.0
"""How long a service that has never answered is looked for: a wrong address should be told at once."""

LONGEST_PAUSE_SECONDS = 5.0

Answer = TypeVar("Answer")
Response = httpx.Response
NOT_MODIFIED = 304
NO_CONNECTION = (httpx.ConnectError, httpx.ConnectTimeout)
OnRetry = Callable[[PhotochromError, float], None]


class Transport:
    """One connection pool to one gateway; safe to share between threads.

    `patience` is how many seconds a call may spend in pauses between tries before it gives up; `on_retry` hears of each
    failure and of the pause that follows.
    """

    def __init__(
        self, base_url: str, api_key: str | None, *, agent: str, patience: float, on_retry: OnRetry | None
    ) -> None:
        url = httpx.URL(base_url)
        if url.scheme not in {"http", "https"} or not url.host:
            raise ValueError(f"{base_url!r} is not the address of a service (http://host:port).")
        headers = {"User-Agent": agent, "Accept": "application/json"}
        if api_key:
            headers["Authorization"] = f"Bearer {api_key}"
        self.base_url = base_url
        self._http = httpx.Client(base_url=url, headers=headers, verify=_tls())
        # Object storage is shown no key of ours: what it may do for us stands in the address.
        self._elsewhere = httpx.Client(verify=_tls())
        self._patience = patience
        self._on_retry = on_retry
        self._has_answered = False

    def close(self) -> None:
        self._http.close()
        self._elsewhere.close()

    def patiently(
        self,
        attempt: Callable[[], Answer],
        *,
        patience: float | None = None,
        may_repeat: Callable[[], bool] = lambda: True,
    ) -> Answer:
        """Call `attempt` until it succeeds, fails for good, or the pauses between tries have used up the patience.

        Tried again are broken connections, and answers that say "not now", these after their Retry-After.
        """
        left = self._patience if patience is None else patience
        for pause in _pauses():
            try:
                return attempt()
            except httpx.RequestError as error:
                failure: PhotochromError = self._unreachable(error)
                if isinstance(error, NO_CONNECTION) and not self._has_answered:
                    left = min(left, FIRST_CONTACT_SECONDS)
            except PhotochromAPIError as error:
                if not error.is_transient:
                    raise
                failure = error
                pause = max(pause, error.retry_after or 0)
            if pause > left or not may_repeat():
                raise failure
            if self._on_retry:
                self._on_retry(failure, pause)
            time.sleep(pause)
            left -= pause
        raise AssertionError("pauses never end")

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: Iterator[bytes] | bytes | None = None,
        read_seconds: float = READ_SECONDS,
    ) -> httpx.Response:
        """One try, its answer read whole. Raise `PhotochromAPIError` for 4xx and 5xx, httpx's errors for no answer.

        `path` is one of the gateway's, or the whole address of what lies elsewhere.
        """
        with self.stream(
            method, path, params=params, headers=headers, content=content, read_seconds=read_seconds
        ) as response:
            response.read()
        return response

    def post_json(
        self,
        path: str,
        document: Document,
        *,
        headers: Mapping[str, str] | None = None,
        read_seconds: float = READ_SECONDS,
    ) -> httpx.Response:
        """Patiently: only for what does no harm when it is repeated."""
        headers = {"Content-Type": "application/json", **(headers or {})}
        content = json.dumps(document).encode()
        return self.patiently(
            lambda: self.request("POST", path, headers=headers, content=content, read_seconds=read_seconds)
        )

    def get(
        self,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        patience: float | None = None,
    ) -> httpx.Response:
        """Patiently, as reading can be repeated."""
        return self.patiently(lambda: self.request("GET", path, params=params, headers=headers), patience=patience)

    @contextmanager
    def stream(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: Iterator[bytes] | bytes | None = None,
        read_seconds: float = READ_SECONDS,
    ) -> Iterator[httpx.Response]:
        """As `request`, for an answer that is read by the caller."""
        timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, read=read_seconds)
        http = self._http if path.startswith("/") else self._elsewhere
        with http.stream(
            method,
            path,
            params=params,
            headers=headers,
            content=content,
            timeout=timeout,
            # A result may lie behind a presigned address; a body is never sent twice unasked.
            follow_redirects=method == "GET",
        ) as response:
            self._has_answered = self._has_answered or http is self._http
            if response.status_code != NOT_MODIFIED and not response.is_success:
                response.read()
                raise api_error(response)
            yield response

    def _unreachable(self, error: httpx.RequestError) -> ServiceUnreachable:
        address = self.base_url if str(error.request.url).startswith(self.base_url) else error.request.url.host
        reason = re.sub(r"^\[Errno -?\d+\] ", "", str(error).strip()) or type(error).__name__
        failure = ServiceUnreachable(f"Cannot reach {address}: {reason.rstrip('.')}.")
        failure.__cause__ = error
        return failure


@cache
def _tls() -> ssl.SSLContext:
    """Loading the certificate authorities takes longer than most calls: once for all clients."""
    return httpx.create_ssl_context()


def _pauses() -> Iterator[float]:
    """Seconds between tries: doubling up to a bound, each shortened at random so that clients do not march in step."""
    longest = 0.2
    while True:
        yield longest * random.uniform(0.5, 1)
        longest = min(2 * longest, LONGEST_PAUSE_SECONDS)
