"""What can go wrong at the gateway itself. Which HTTP status each has is in `problems.py`."""

from typing import ClassVar

from shared.errors import Conflict, Invalid, NotFound, PhotochromError


class DownloadCut(Exception):
    """What was being handed out could not be read any further. The answer has begun, so only cutting it can tell."""

    def __init__(self, reason: PhotochromError) -> None:
        super().__init__(reason.detail)
        self.reason = reason


class InvalidRequest(Invalid):
    """A parameter, header or form field cannot be meant. `errors` name them: `{"parameter": …, "detail": …}`."""

    code = "invalid_request"

    def __init__(self, detail: str, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(detail)
        self.errors = errors or []


class InvalidOption(InvalidRequest):
    """An option of a job is unknown, given twice, or out of range."""

    code = "invalid_option"

    @classmethod
    def of(cls, *faults: tuple[str, str]) -> "InvalidOption":
        """Each is the name of an option and what is wrong with it."""
        detail = "; ".join(f"{name}: {what}" for name, what in faults)
        return cls(detail, [{"parameter": name, "detail": what} for name, what in faults])


class HintsOnSeveral(Invalid):
    """Hints say what places of one picture look like; this is an archive, or several pictures."""

    code = "hints_on_several"


class InvalidCursor(InvalidRequest):
    """`after` is not a cursor that this list has given out."""

    code = "invalid_cursor"


class InvalidForm(InvalidRequest):
    """The multipart form is malformed, or its fields are not where they must be."""

    code = "invalid_form"


class EmptyBody(Invalid):
    code = "empty_body"


class UnsupportedMedia(PhotochromError):
    """The body is neither a picture nor an archive that we read; the detail says what it looks like."""

    code = "unsupported_media"


class UnsupportedArchive(UnsupportedMedia):
    """An archive, but of a kind that is not read."""

    code = "unsupported_archive"


class BodyIncomplete(PhotochromError):
    """The body ended before its end. Nothing of it was kept."""

    code = "body_incomplete"


class BodyTooLarge(PhotochromError):
    code = "body_too_large"


class BodyTooSlow(PhotochromError):
    """The body stood still, or arrived too slowly to be anything but a held connection."""

    code = "body_too_slow"


class SubmissionSwept(BodyTooSlow):
    """The upload stood still for so long that it was cleared away as abandoned; send it again."""

    code = "upload_swept"


class UploadNotFound(NotFound):
    """There is no such upload, or it has expired."""

    code = "upload_not_found"


class UploadClosed(Conflict):
    """The upload is complete: it takes no more parts."""

    code = "upload_closed"


class UploadNotCompleted(Conflict):
    """Parts of the upload are missing, or it was not completed yet."""

    code = "upload_not_completed"


class UploadUsed(Conflict):
    """Another job has taken the upload."""

    code = "upload_used"


class ArchiveAmongUploads(Invalid):
    """Of several uploads that are to be one job, one is an archive."""

    code = "archive_among_uploads"


class DryRunUnsupported(Invalid):
    """What is in the source cannot be told without doing most of the work."""

    code = "dry_run_unsupported"


class InvalidParts(Invalid):
    """A part has another length than it must have, or the parts that are named are not those that were sent."""

    code = "invalid_parts"


class IdempotencyMismatch(Invalid):
    """The Idempotency-Key was used before, with another content or other options."""

    code = "idempotency_mismatch"


class JobNotFound(NotFound):
    code = "job_not_found"


class JobDeleted(NotFound):
    """The job is being deleted: nothing can be had of it any more."""

    code = "job_deleted"


class ItemNotFound(NotFound):
    code = "item_not_found"


class VariantNotFound(NotFound):
    """The job was not asked for so many variants."""

    code = "variant_not_found"


class NotReady(Conflict):
    """The item is still pending."""

    code = "not_ready"


class NotFinished(Conflict):
    """The job is not terminal yet."""

    code = "not_finished"


class NothingToRetry(Conflict):
    """Every picture of the job succeeded."""

    code = "nothing_to_retry"


class ResultsChanged(Conflict):
    """The job was started anew while its results were being put together."""

    code = "results_changed"


class RangeNotSatisfiable(PhotochromError):
    """`Range` begins behind the last byte."""

    code = "range_not_satisfiable"

    def __init__(self, size: int) -> None:
        super().__init__(f"There are {size} bytes; the range begins behind them.")
        self.size = size


class NoResult(NotFound):
    """The item has ended without a result."""

    code: ClassVar[str] = "no_result"


class ItemFailed(NoResult):
    code = "item_failed"


class ItemSkipped(NoResult):
    code = "item_skipped"


class ItemCanceled(NoResult):
    code = "item_canceled"


class NoSource(NotFound):
    """The entry could not even be located in its archive."""

    code = "no_source"
