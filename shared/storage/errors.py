"""What object storage can answer instead of bytes. The S3 client's own exceptions never leave `s3.py`."""

from shared.errors import Invalid, NotFound, PhotochromError, Unavailable


class BucketNotAllowed(Invalid):
    """The operator has not allowed this bucket as a source, whether there is one of that name or not."""

    code = "bucket_not_allowed"


class ObjectNotFound(NotFound):
    """No object lies under the key."""

    code = "object_not_found"


class ObjectTooShort(PhotochromError):
    """The object ends before the range that was asked for: whoever recorded the range was wrong, or it was replaced."""

    code = "object_too_short"


class ObjectChanged(ObjectTooShort):
    """The object was replaced: it is not the version that was asked for, or not the one whose reading had begun."""

    code = "object_changed"


class StorageRefused(PhotochromError):
    """The server answers and says no: a wrong key, a missing bucket. Retrying is useless."""

    code = "storage_refused"


class PartsRefused(StorageRefused):
    """The parts do not make an object: one is not there, has another ETag than was said, or is too small."""

    code = "parts_refused"


class StorageUnavailable(Unavailable):
    """No connection, no answer in time, or a server's fault, after the client's own retries. Try later."""

    code = "storage_unavailable"
