"""Errors of the embedded stack."""

from shared.errors import PhotochromError


class StackError(PhotochromError):
    """The stack cannot start or continue. The message says why, and what to do."""

    code = "stack_error"
