"""Starting another run of a job, with retries that never start two."""

from __future__ import annotations

import json
from collections.abc import Sequence

from photochrom.errors import Conflict
from photochrom.http.problems import parsed
from photochrom.http.transport import Params, Transport
from photochrom.responses import Job


def start_run(transport: Transport, path: str, query: Params, items: Sequence[int] | None = None) -> Job:
    """Return the job in its new run, which is for these failed items or, without any, for all that can be retried.

    If a response was lost, the run number tells whether the request arrived. Sending it again blindly would fail with a
    conflict while that run is active, or start one more run if it has ended since.
    """
    run = parsed(transport.get(path), Job.from_json).run
    attempts = 0
    content = b"" if items is None else json.dumps({"items": list(items)}).encode()
    headers = {"Content-Type": "application/json"} if content else {}

    def started() -> Job | None:
        latest = parsed(transport.request("GET", path), Job.from_json)
        return latest if latest.run > run else None

    def attempt() -> Job:
        nonlocal attempts
        attempts += 1
        if attempts > 1 and (job := started()):
            return job
        try:
            return parsed(
                transport.request("POST", f"{path}/retry", params=query, content=content, headers=headers),
                Job.from_json,
            )
        except Conflict:
            # An earlier request may have arrived just after the check.
            if attempts > 1 and (job := started()):
                return job
            raise

    return transport.with_retries(attempt)
