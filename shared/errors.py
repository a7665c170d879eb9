"""Domain errors. No HTTP status is known here: `api/http/problems.py` maps classes to statuses."""

from typing import ClassVar


class PhotochromError(Exception):
    """A failure with a stable `code` for machines and one sentence of `detail` for people."""

    code: ClassVar[str] = "internal_error"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Invalid(PhotochromError):
    """What the client said cannot be meant."""

    code = "invalid"


class NotFound(PhotochromError):
    """There is no such thing, or it belongs to somebody else: the two are not told apart."""

    code = "not_found"


class Conflict(PhotochromError):
    """The thing exists, but its state forbids what was asked."""

    code = "conflict"


class InProgress(Conflict):
    """The same call succeeds as soon as what is under way now has finished: retry it in a second."""

    code = "in_progress"


class Unavailable(PhotochromError):
    """A server that we depend on is away. Nothing was lost; the same call may work later."""

    code = "unavailable"


class StoreUnavailable(Unavailable):
    code = "store_unavailable"


class QueueUnavailable(Unavailable):
    code = "queue_unavailable"


class SchemaBehind(PhotochromError):
    """The database has not been migrated to what this code needs."""

    code = "schema_behind"
