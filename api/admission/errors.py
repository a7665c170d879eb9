"""Why new work is not accepted now."""

from api.http.errors import BodyTooLarge
from shared.errors import TooMany


class TooManyOpenJobs(TooMany):
    """The owner has as many unfinished jobs as the API key allows."""

    code = "too_many_open_jobs"


class StoredBytesExceeded(BodyTooLarge):
    """The owner would keep more bytes than the API key allows: delete jobs, or wait until they expire."""

    code = "stored_bytes_exceeded"


ADMISSION = (TooManyOpenJobs, StoredBytesExceeded)
