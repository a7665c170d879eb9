"""What can be wrong with the parts of an upload."""

from shared.errors import Conflict, Invalid


class UploadClosed(Conflict):
    """The upload is complete; it accepts no more parts."""

    code = "upload_closed"


class InvalidParts(Invalid):
    """A part has the wrong length, or the list of parts does not match those that were sent."""

    code = "invalid_parts"
