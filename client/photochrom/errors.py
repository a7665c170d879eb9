"""What can go wrong, for callers to branch on. Every error says what happened in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .responses import Job

TRANSIENT_STATUSES = frozenset({429, 502, 503, 504})


class PhotochromError(Exception):
    """Whatever this package raises on purpose; `detail` is one sentence for people."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class ServiceUnreachable(PhotochromError):
    """No answer came: the service is away, the address is wrong, or the connection broke and stayed broken."""


class UnexpectedAnswer(PhotochromError):
    """Something answered, but not as a Photochrom gateway does."""


class SourceError(PhotochromError):
    """What was to be submitted cannot be read, or changed while it was sent."""


class TargetError(PhotochromError):
    """Results cannot be written where they were to go: the disk is full, or the directory not ours to write to."""


class ResultCorrupt(PhotochromError):
    """The bytes that arrived do not have the SHA-256 that the item records."""


class UnsafeName(PhotochromError):
    """A result's name would lead outside the directory that it was to be written to."""


class WaitTimeout(PhotochromError):
    """What was waited for did not happen in time; the job goes on, and `job` is how it stood last."""

    def __init__(self, job: Job, timeout: float) -> None:
        wanted = "gone" if job.state == "deleting" else "finished"
        super().__init__(f"Job {job.id} was not {wanted} after {timeout:g} s; it goes on.")
        self.job = job


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One part of a request that was refused, and why."""

    where: str
    detail: str


class PhotochromAPIError(PhotochromError):
    """The service answered with a problem (RFC 9457). `code` is stable; `request_id` finds it in the service's log."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        request_id: str | None = None,
        *,
        fields: tuple[FieldProblem, ...] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.request_id = request_id
        self.fields = fields
        self.retry_after = retry_after

    def __str__(self) -> str:
        unsaid = [field for field in self.fields if field.detail not in self.detail]
        named = "; ".join(f"{field.where}: {field.detail}" for field in unsaid)
        return f"{self.detail} ({named})" if named else self.detail

    @property
    def is_transient(self) -> bool:
        """Whether the same call may succeed later: the service is busy, or away behind a proxy."""
        return self.status in TRANSIENT_STATUSES or self.code == "idempotency_in_flight"


class Unauthorized(PhotochromAPIError):
    """401, 403: the API key is missing or wrong."""


class NotFound(PhotochromAPIError):
    """404: there is no such job, item or result, or it belongs to somebody else."""


class JobDeleted(NotFound):
    """The job is being deleted, or was, after it had been seen: nothing can be had of it any more."""


class Conflict(PhotochromAPIError):
    """409: the state of the job or item forbids it, for now or for good; `code` says which."""


class Refused(PhotochromAPIError):
    """400, 413, 415, 422: what was sent is not a picture or an archive, too large, or wrongly optioned."""


class ServiceBusy(PhotochromAPIError):
    """429, 502, 503, 504: not now. `retry_after` seconds later it may work."""


def class_for(status: int, code: str) -> type[PhotochromAPIError]:
    if status in TRANSIENT_STATUSES:
        return ServiceBusy
    if code == "job_deleted":
        return JobDeleted
    return {
        400: Refused,
        401: Unauthorized,
        403: Unauthorized,
        404: NotFound,
        409: Conflict,
        413: Refused,
        415: Refused,
        422: Refused,
    }.get(status, PhotochromAPIError)
