"""Why a submission is refused although its source and its options are valid by themselves."""

from api.http.errors import BodyTooSlow, InvalidRequest
from shared.errors import Invalid


class InvalidForm(InvalidRequest):
    """The multipart form is malformed, or its fields are in the wrong order."""

    code = "invalid_form"


class SubmissionAbandoned(BodyTooSlow):
    """The submission stalled for so long that it was removed as abandoned; send it again."""

    code = "upload_swept"


class IdempotencyMismatch(Invalid):
    """The Idempotency-Key was used before, with different content or options."""

    code = "idempotency_mismatch"
