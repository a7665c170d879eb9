"""Lists whose length is checked before their elements are: a list of a million invalid elements costs one error."""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import BeforeValidator
from pydantic_core import PydanticKnownError

Value = TypeVar("Value")


def at_most(length: int, kind: str = "List") -> BeforeValidator:
    """For `Annotated[list[…], Field(max_length=length), at_most(length)]`. pydantic counts valid elements only."""

    def check(value: Value) -> Value:
        if isinstance(value, Sequence) and not isinstance(value, str | bytes) and len(value) > length:
            context = {"field_type": kind, "max_length": length, "actual_length": len(value)}
            raise PydanticKnownError("too_long", context)
        return value

    return BeforeValidator(check)
