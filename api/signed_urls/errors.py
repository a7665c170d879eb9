"""What cannot be signed."""

from shared.errors import Invalid


class NotSignable(Invalid):
    """The path is not that of a result, a source, results.zip or a report."""

    code = "not_signable"
