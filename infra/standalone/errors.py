"""What the commands of the stack say in one sentence instead of a traceback."""


class StackError(Exception):
    """Its message is written for the person who typed the command."""
