"""What can be wrong with a source: with the bytes of a body, or with the uploads that a job refers to."""

from api.http.errors import UnsupportedMedia
from shared.errors import Conflict, Invalid, NotFound


class EmptyBody(Invalid):
    """The body is empty."""

    code = "empty_body"


class UnsupportedArchive(UnsupportedMedia):
    """The body is an archive of an unsupported kind."""

    code = "unsupported_archive"


class UploadNotFound(NotFound):
    """There is no such upload, or it has expired."""

    code = "upload_not_found"


class UploadNotCompleted(Conflict):
    """The upload is not completed yet."""

    code = "upload_not_completed"


class UploadUsed(Conflict):
    """The upload belongs to another job."""

    code = "upload_used"


class ArchiveAmongUploads(Invalid):
    """One of several uploads is an archive; an archive must be submitted by itself."""

    code = "archive_among_uploads"
