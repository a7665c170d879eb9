"""Why a source cannot be estimated."""

from shared.errors import Invalid


class DryRunUnsupported(Invalid):
    """The contents of the source cannot be counted without decompressing all of it."""

    code = "dry_run_unsupported"
