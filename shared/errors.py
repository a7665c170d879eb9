"""Domain errors. They know no HTTP status: `api/http/problems.py` maps classes to statuses."""

from typing import ClassVar


class PhotochromError(Exception):
    """A failure with a stable `code` for machines and one sentence of `detail` for people."""

    code: ClassVar[str] = "internal_error"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Invalid(PhotochromError):
    """The request is not valid."""

    code = "invalid"


class NotFound(PhotochromError):
    """It does not exist or belongs to another owner: the client cannot tell which."""

    code = "not_found"


class Conflict(PhotochromError):
    """It exists, but its state does not allow the request."""

    code = "conflict"


class InProgress(Conflict):
    """The same call succeeds as soon as what is under way now has finished: retry it then."""

    code = "in_progress"

    def __init__(self, detail: str, retry_after_seconds: int = 1) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class Unauthenticated(PhotochromError):
    """It is not known who the request comes from."""

    code = "unauthenticated"


class Forbidden(PhotochromError):
    """It is known, and they may not do this."""

    code = "forbidden"


class TooMany(PhotochromError):
    """A limit is reached for now. The same call succeeds later, in `retry_after_seconds`."""

    code = "too_many"

    def __init__(self, detail: str, retry_after_seconds: int = 1) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(PhotochromError):
    """A server that is needed does not respond. Nothing was lost; the same call may succeed later."""

    code = "unavailable"


class StoreUnavailable(Unavailable):
    code = "store_unavailable"


class QueueUnavailable(Unavailable):
    code = "queue_unavailable"


class QueueReadOnly(QueueUnavailable):
    """The queue responds, but refuses to store a message: out of memory, its disk is full, or it is a replica."""

    code = "queue_read_only"


class NoWorker(Unavailable):
    """No worker that could do it is running."""

    code = "no_worker"


class TimedOut(PhotochromError):
    """It was not done in time, and is given up. The same call may succeed later."""

    code = "timed_out"


class SchemaBehind(PhotochromError):
    """The database has not been migrated to what this code needs."""

    code = "schema_behind"
