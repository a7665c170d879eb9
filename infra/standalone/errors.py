"""Errors that the commands print as one sentence instead of a traceback."""


class StackError(Exception):
    """The message addresses the person who ran the command."""
