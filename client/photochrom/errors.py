"""The exceptions that callers can handle. Each message states the failure in one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .responses import Job

TRANSIENT_STATUSES = frozenset({429, 502, 503, 504})


class PhotochromError(Exception):
    """The base of all errors of this package; `detail` is one sentence for people."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class ServiceUnreachable(PhotochromError):
    """No response: the service is down, the address is wrong, or the connection kept failing."""


class UnexpectedAnswer(PhotochromError):
    """A response came, but not one that a Photochrom gateway sends."""


class SourceError(PhotochromError):
    """The source cannot be read, or it changed during the upload."""


class TargetError(PhotochromError):
    """Results cannot be written to the target: the disk is full, or the directory is not writable."""


class KeyFileUnsafe(PhotochromError):
    """Other users of this machine can read the file with the API key."""


class ResultCorrupt(PhotochromError):
    """The downloaded bytes do not match the SHA-256 in the item's record."""


class UnsafeName(PhotochromError):
    """A result's name would put it outside the target directory."""


class WaitTimeout(PhotochromError):
    """The job did not reach the awaited state in time. It continues; `job` is its last known state."""

    def __init__(self, job: Job, timeout: float) -> None:
        awaited = "gone" if job.state == "deleting" else "finished"
        super().__init__(f"Job {job.id} was not {awaited} after {timeout:g} s. It continues in the background.")
        self.job = job


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One invalid field or parameter of a request, and why it is invalid."""

    where: str
    detail: str


class PhotochromAPIError(PhotochromError):
    """The service responded with a problem (RFC 9457). `code` is stable; `request_id` is in the service's log."""

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
        unmentioned = [field for field in self.fields if field.detail not in self.detail]
        listed = "; ".join(f"{field.where}: {field.detail}" for field in unmentioned)
        return f"{self.detail} ({listed})" if listed else self.detail

    @property
    def is_transient(self) -> bool:
        """Whether the same request may succeed later: the service is busy, or down behind a proxy."""
        return self.status in TRANSIENT_STATUSES or self.code == "idempotency_in_flight"


class Unauthorized(PhotochromAPIError):
    """401, 403: the API key is missing or wrong."""


class NotFound(PhotochromAPIError):
    """404: the job, item or result does not exist or belongs to another owner."""


class JobDeleted(NotFound):
    """The job is being deleted, or has been deleted since it was last seen. Nothing of it is available."""


class Conflict(PhotochromAPIError):
    """409: the state of the job or item does not allow this, temporarily or permanently; see `code`."""


class Refused(PhotochromAPIError):
    """400, 413, 415, 422: the source is unsupported or too large, or an option is invalid."""


class ServiceBusy(PhotochromAPIError):
    """429, 502, 503, 504: temporarily unavailable. Retry after `retry_after` seconds."""


class ServiceFull(PhotochromAPIError):
    """507: the service has no room for the file. Free space or wait; what was uploaded before is kept."""


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
        507: ServiceFull,
    }.get(status, PhotochromAPIError)
