"""Asking for another run of a job, so that however many tries the asking takes, one run begins."""

from __future__ import annotations

from photochrom.errors import Conflict
from photochrom.http.problems import parsed
from photochrom.http.transport import Transport
from photochrom.responses import Job


def begin_run(transport: Transport, path: str) -> Job:
    """The job as its next run began.

    When the answer to a try was lost, the number of the run tells whether it arrived: asked again, the service would
    refuse a job that runs because of it, or begin one more run of a job that has ended since.
    """
    run = parsed(transport.get(path), Job.from_json).run
    tries = 0

    def has_begun() -> Job | None:
        latest = parsed(transport.request("GET", path), Job.from_json)
        return latest if latest.run > run else None

    def ask() -> Job:
        nonlocal tries
        tries += 1
        if tries > 1 and (begun := has_begun()):
            return begun
        try:
            return parsed(transport.request("POST", f"{path}/retry"), Job.from_json)
        except Conflict:
            # An earlier try may have arrived after all, behind the look.
            if tries > 1 and (begun := has_begun()):
                return begun
            raise

    return transport.patiently(ask)
