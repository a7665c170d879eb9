"""Watching a job: how it stands, and again whenever it has changed, through whatever happens to the gateway."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

from photochrom.errors import JobDeleted, NotFound, WaitTimeout
from photochrom.http.problems import parsed
from photochrom.http.transport import NOT_MODIFIED, Transport
from photochrom.responses import Job

from .addresses import id_of, path_of

LONG_POLL_SECONDS = 20
SHORTEST_POLL_SECONDS = 0.2


def watch(transport: Transport, job: Job | str, *, timeout: float | None, patience: float) -> Iterator[Job]:
    """Goes on for ever. Raise `JobDeleted` when the job is gone, `NotFound` if nobody has seen it, neither the caller,
    who gave its id alone, nor this; `WaitTimeout` after `timeout` seconds.
    """
    deadline = math.inf if timeout is None else time.monotonic() + timeout
    was_seen = isinstance(job, Job)
    params: dict[str, str] = {}
    headers: dict[str, str] = {}
    while True:
        asked_at = time.monotonic()
        try:
            response = transport.get(path_of(job), params=params, headers=headers, patience=patience)
        except NotFound as error:
            if was_seen:
                raise JobDeleted(
                    error.status, error.code, f"Job {id_of(job)} was deleted.", error.request_id
                ) from error
            raise
        if response.status_code != NOT_MODIFIED:
            latest = parsed(response, Job.from_json)
            was_seen = True
            headers = {"If-None-Match": response.headers["ETag"]} if "ETag" in response.headers else {}
            yield latest
        left = deadline - time.monotonic()
        if left <= 0:
            raise WaitTimeout(latest, timeout or 0)
        # Held until the job changes; without an ETag to change from, it would be held to the job's end.
        params = {"wait": str(math.ceil(min(LONG_POLL_SECONDS, left)))} if headers else {}
        # A busy job changes many times a second, and a proxy may cut a long poll short.
        time.sleep(max(0, asked_at + SHORTEST_POLL_SECONDS - time.monotonic()))
