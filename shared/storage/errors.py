"""The errors of object storage. The S3 client's own exceptions never leave `s3.py`."""

from shared.errors import Invalid, NotFound, PhotochromError, Unavailable


class BucketNotAllowed(Invalid):
    """The operator does not allow this bucket as a source. It may or may not exist."""

    code = "bucket_not_allowed"


class ObjectNotFound(NotFound):
    """There is no object with this key."""

    code = "object_not_found"


class ObjectTooShort(PhotochromError):
    """The object ends before the requested range does: the range was recorded wrongly, or the object was replaced."""

    code = "object_too_short"


class ObjectChanged(ObjectTooShort):
    """The object was replaced: it no longer has the requested ETag, or it changed while it was being read."""

    code = "object_changed"


class StorageRefused(PhotochromError):
    """The server refuses the request: a wrong access key, a missing bucket. Retrying is useless."""

    code = "storage_refused"


class PartsRefused(StorageRefused):
    """The parts cannot be completed: one is missing, has another ETag than given, or is too small."""

    code = "parts_refused"


class StorageUnavailable(Unavailable):
    """No connection, a timeout, or a server error, after the client's own retries. Try later."""

    code = "storage_unavailable"


class StorageFull(StorageUnavailable):
    """There is no room for the object: the disk is nearly full, or a quota is used up. Reads and deletes still work."""

    code = "storage_full"
