"""Errors of the embedded stack."""

from shared.errors import PhotochromError


class StackError(PhotochromError):
    """The stack cannot start or continue. The message says why, and what to do."""

    code = "stack_error"


DATABASE_FAILED = 14
"""The database's exit code, and mongod's, after an unrecoverable error of its storage."""
