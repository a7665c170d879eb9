"""What object storage can answer instead of bytes. The S3 client's own exceptions never leave `s3.py`."""

from shared.errors import NotFound, PhotochromError, Unavailable


class ObjectNotFound(NotFound):
    """No object lies under the key."""

    code = "object_not_found"


class ObjectTooShort(PhotochromError):
    """The object ends before the range that was asked for: whoever recorded the range was wrong, or it was replaced."""

    code = "object_too_short"


class StorageRefused(PhotochromError):
    """The server answers and says no: a wrong key, a missing bucket. Retrying is useless."""

    code = "storage_refused"


class StorageUnavailable(Unavailable):
    """No connection, no answer in time, or a server's fault, after the client's own retries. Try later."""

    code = "storage_unavailable"
