"""Watching a job: yields it now and after every change, and outlives restarts of the gateway."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

from photochrom.errors import JobDeleted, NotFound, WaitTimeout
from photochrom.http.problems import parsed
from photochrom.http.transport import NOT_MODIFIED, Transport
from photochrom.responses import Job

from .addresses import job_id, job_path

LONG_POLL_SECONDS = 20
SHORTEST_POLL_SECONDS = 0.2

OnJob = Callable[[Job], None]


def watch_to_the_end(
    transport: Transport, job: Job | str, on_progress: OnJob | None, *, timeout: float | None, patience: float
) -> Job:
    """The job when it has ended. Raise the errors of `watch`, and `JobDeleted` as soon as the job is being deleted."""
    for latest in watch(transport, job, timeout=timeout, patience=patience):
        if not latest.is_kept:
            why = f" {latest.deletion.detail}" if latest.deletion else ""
            event = "was deleted" if latest.state == "deleted" else "is being deleted"
            raise JobDeleted(404, "job_deleted", f"Job {latest.id} {event}.{why}")
        if on_progress:
            on_progress(latest)
        if latest.is_terminal:
            return latest
    raise AssertionError("a watch never ends")


def watch(transport: Transport, job: Job | str, *, timeout: float | None, patience: float) -> Iterator[Job]:
    """Never ends by itself. Raise `WaitTimeout` after `timeout` seconds, and `JobDeleted` when the job is gone.

    A job that was given by its id alone and has not been found yet raises `NotFound` instead.
    """
    deadline = math.inf if timeout is None else time.monotonic() + timeout
    is_known = isinstance(job, Job)
    params: dict[str, str] = {}
    headers: dict[str, str] = {}
    while True:
        requested_at = time.monotonic()
        try:
            response = transport.get(job_path(job), params=params, headers=headers, patience=patience)
        except NotFound as error:
            if is_known:
                raise JobDeleted(
                    error.status, error.code, f"Job {job_id(job)} was deleted.", error.request_id
                ) from error
            raise
        if response.status_code != NOT_MODIFIED:
            latest = parsed(response, Job.from_json)
            is_known = True
            headers = {"If-None-Match": response.headers["ETag"]} if "ETag" in response.headers else {}
            yield latest
        remaining = deadline - time.monotonic()
        if remaining <= 0:
            raise WaitTimeout(latest, timeout or 0)
        # Long poll until the job changes. Without an ETag to compare with, the poll would last to the end of the job.
        params = {"wait": str(math.ceil(min(LONG_POLL_SECONDS, remaining)))} if headers else {}
        # Limits the rate: a busy job changes many times a second, and a proxy may cut a long poll short.
        time.sleep(max(0, requested_at + SHORTEST_POLL_SECONDS - time.monotonic()))
